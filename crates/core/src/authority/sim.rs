//! The authority's twin for simulations: one certificate, the same for every name.

use super::{Authority, AuthorityError, Issued};

/// Gives everybody the certificate of `sim.tierra.test`, which signed itself. Its key is public: it proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct SimAuthority;

const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7gLyzCdasHK1FeW1
EvHcuFbcmX07+PHBzy4w+WgO0tuhRANCAATKoLiXFsXQ7AsEFRmVGQo8hsgQzP4y
xzhREgYjr4Fp2K/PhMF1nmhYMZsO8aDW2F29u+mw2xaQG+Vg/z2GZNrt
-----END PRIVATE KEY-----
";
const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIByjCCAW+gAwIBAgIUGCQgHyxUmkkxtvmhSoM3mtUdXDEwCgYIKoZIzj0EAwIw
KzEPMA0GA1UECgwGVGllcnJhMRgwFgYDVQQDDA9zaW0udGllcnJhLnRlc3QwIBcN
MjYxMTIxMDc0OTMwWhgPMjA1MTA3MTMwNzQ5MzBaMCsxDzANBgNVBAoMBlRpZXJy
YTEYMBYGA1UEAwwPc2ltLnRpZXJyYS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEyqC4lxbF0OwLBBUZlRkKPIbIEMz+Msc4URIGI6+Badivz4TBdZ5oWDGb
DvGg1thdvbvpsNsWkBvlYP89hmTa7aNvMG0wHQYDVR0OBBYEFLBEE7tm4LYQhETd
1JnTkP0D/NcHMB8GA1UdIwQYMBaAFLBEE7tm4LYQhETd1JnTkP0D/NcHMA8GA1Ud
EwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIPc2ltLnRpZXJyYS50ZXN0MAoGCCqGSM49
BAMCA0kAMEYCIQCGbI3e8pmPN2wVDHdQhOx4ggzgX22sQc3PQwyxvtkDuQIhALo2
gaIXMjOy+GYO6/1B5FzkTRtK9YdaL2nz1yesVnVo
-----END CERTIFICATE-----
";

impl Authority for SimAuthority {
    fn issue(&self, names: &[String], _: u32) -> Result<Issued, AuthorityError> {
        if names.iter().any(|name| name.is_empty() || name.contains(' ')) || names.is_empty() {
            return Err(AuthorityError {
                names: names.join(", "),
                reason: "not a host name".to_owned(),
            });
        }
        Ok(Issued {
            certificate_pem: CERTIFICATE.to_owned(),
            chain_pem: CERTIFICATE.to_owned(),
            key_pem: KEY.to_owned(),
        })
    }

    /// The key is not looked at.
    fn certify(&self, _: &str, names: &[String], days: u32) -> Result<Issued, AuthorityError> {
        self.issue(names, days)
    }
}
