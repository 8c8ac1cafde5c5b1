//! TLS at the edge: one certificate per server name, made when a client first asks for that name.
//!
//! **Invariant**: only AWS's own names and this machine's are answered; any other name is refused in the handshake.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use super::ca::{Authority, CaError};
use super::limits::CERTIFICATES;

/// The name for clients that send none: this machine.
pub const LOCAL_NAME: &str = "localhost";
/// Under these, every name is AWS's.
const AWS_DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// An acceptor that speaks h2 and HTTP/1.1 with certificates of `authority`.
///
/// # Errors
/// Where rustls refuses its own defaults.
pub fn acceptor(authority: Arc<Authority>) -> Result<TlsAcceptor, CaError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| CaError::Crypto(error.to_string()))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Certificates::new(authority)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

struct Certificates {
    authority: Arc<Authority>,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    fn new(authority: Arc<Authority>) -> Self {
        Self {
            authority,
            made: Mutex::default(),
        }
    }

    fn get(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        // A panic while certifying leaves the map as it was.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = made.get(name) {
            return Some(Arc::clone(found));
        }
        let new = self
            .authority
            .certify(name)
            .map_err(|error| tracing::warn!(%error, name, "no certificate"))
            .ok()?;
        if made.len() >= CERTIFICATES {
            made.clear();
        }
        let new = Arc::new(new);
        made.insert(name.to_owned(), Arc::clone(&new));
        Some(new)
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or(LOCAL_NAME).to_ascii_lowercase();
        served(&name).then(|| self.get(&name)).flatten()
    }
}

fn served(name: &str) -> bool {
    name == LOCAL_NAME || name.ends_with(".localhost") || AWS_DOMAINS.iter().any(|domain| name.ends_with(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_aws_names_and_this_machine_are_served() {
        let served_names = [
            "localhost",
            "s3.localhost",
            "ec2.us-east-1.amazonaws.com",
            "bucket.s3.amazonaws.com",
            "ec2.us-east-1.api.aws",
        ];
        assert!(served_names.iter().all(|name| served(name)));
        assert!(
            ["example.com", "amazonaws.com.example.com", "evilamazonaws.com"]
                .iter()
                .all(|name| !served(name))
        );
    }

    #[test]
    fn a_name_gets_one_certificate() {
        let folder = tempfile::tempdir().expect("folder");
        let certificates = Certificates::new(Arc::new(Authority::open(folder.path()).expect("authority")));
        let first = certificates.get("sts.amazonaws.com").expect("made");
        assert!(Arc::ptr_eq(&first, &certificates.get("sts.amazonaws.com").expect("kept")));
    }
}
