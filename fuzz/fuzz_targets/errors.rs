#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| murano_fuzz::run("errors", data));
