//! "Redirect actions": the address that a client is sent to.

use super::config::Redirect;

/// What the parts of a redirect may take over from the request.
#[derive(Clone, Copy, Debug)]
pub struct From<'a> {
    /// `http` or `https`.
    pub protocol: &'a str,
    /// The host without its port.
    pub host: &'a str,
    /// The listener's port.
    pub port: u16,
    /// The path, with its leading slash.
    pub path: &'a str,
    /// The query, without `?`.
    pub query: &'a str,
}

/// The value of `Location`.
pub fn location(redirect: &Redirect, from: &From<'_>) -> String {
    let fill = |text: &str| {
        text.replace("#{protocol}", from.protocol)
            .replace("#{host}", from.host)
            .replace("#{port}", &from.port.to_string())
            .replace("#{path}", from.path.trim_start_matches('/'))
            .replace("#{query}", from.query)
    };
    let query = fill(&redirect.query);
    let mark = if query.is_empty() { "" } else { "?" };
    format!(
        "{}://{}:{}{}{mark}{query}",
        fill(&redirect.protocol).to_ascii_lowercase(),
        fill(&redirect.host),
        fill(&redirect.port),
        fill(&redirect.path),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_over() {
        let from = From {
            protocol: "http",
            host: "example.com",
            port: 80,
            path: "/a/b",
            query: "x=1",
        };
        let cases = [
            (
                ("HTTPS", "#{host}", "443", "/#{path}", "#{query}"),
                "https://example.com:443/a/b?x=1",
            ),
            (
                ("#{protocol}", "www.#{host}", "#{port}", "/new/#{path}", ""),
                "http://www.example.com:80/new/a/b",
            ),
            (
                ("#{protocol}", "#{host}", "8080", "/", "#{query}&y=2"),
                "http://example.com:8080/?x=1&y=2",
            ),
        ];
        for ((protocol, host, port, path, query), wanted) in cases {
            let redirect = Redirect {
                status: 301,
                protocol: protocol.to_owned(),
                host: host.to_owned(),
                port: port.to_owned(),
                path: path.to_owned(),
                query: query.to_owned(),
            };
            assert_eq!(location(&redirect, &from), wanted);
        }
    }
}
