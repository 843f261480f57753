//! A server that gives every GET the same answer from memory, so that what is measured is the client.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Serves `body` as JSON from a thread of its own until the process ends.
pub(crate) fn serve(body: &[u8]) -> SocketAddr {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         X-Openstack-Request-Id: req-6f1c2b34-5d6e-4f70-8a91-b2c3d4e5f607\r\n\
         Date: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    let answer: &'static [u8] = answer.leak();
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        crate::runtime().block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, answer));
            }
        });
    });
    address
}

/// Answers each request on a connection. None has a body, so each ends with the first empty line.
async fn converse(mut stream: TcpStream, answer: &[u8]) {
    let _ = stream.set_nodelay(true);
    let mut request = Vec::with_capacity(4096);
    loop {
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) if request.ends_with(b"\r\n\r\n") => request.clear(),
            Ok(_) => continue,
        }
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}
