//! Reading the `Accept` header.

/// The offer the header likes best; the earlier one when two are equally liked. `None` when it likes none.
pub(crate) fn best<'a>(header: &str, offers: &[&'a str]) -> Option<&'a str> {
    let ranges = parse(header);
    let mut found: Option<(&'a str, f32)> = None;
    for offer in offers {
        let quality = quality(&ranges, offer);
        if quality > 0.0 && found.is_none_or(|(_, best)| quality > best) {
            found = Some((offer, quality));
        }
    }
    found.map(|(offer, _)| offer)
}

fn parse(header: &str) -> Vec<(String, f32)> {
    header
        .split(',')
        .filter_map(|item| {
            let mut parts = item.split(';').map(str::trim);
            let range = parts
                .next()
                .filter(|range| range.contains('/'))?
                .to_ascii_lowercase();
            let quality = parts
                .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
                .map_or(Some(1.0), |q| q.parse().ok())?;
            Some((range, quality))
        })
        .collect()
}

/// Quality of the most precise range that covers the offer.
fn quality(ranges: &[(String, f32)], offer: &str) -> f32 {
    let family = offer.split('/').next().unwrap_or_default();
    [offer.to_owned(), format!("{family}/*"), "*/*".to_owned()]
        .iter()
        .find_map(|wanted| ranges.iter().find(|(range, _)| range == wanted))
        .map_or(0.0, |(_, quality)| *quality)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_precise_range_decides() {
        let offers = ["text/html", "application/json"];
        assert_eq!(best("*/*", &offers), Some("text/html"));
        assert_eq!(
            best("application/json, */*;q=0.5", &offers),
            Some("application/json")
        );
        assert_eq!(best("application/*", &offers), Some("application/json"));
        assert_eq!(
            best("text/html;q=0, */*", &offers),
            Some("application/json")
        );
        assert_eq!(best("image/png", &offers), None);
        assert_eq!(best("", &offers), None);
    }
}
