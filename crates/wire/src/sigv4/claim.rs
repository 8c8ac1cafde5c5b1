//! What a request says of itself: whose key, which scope, which headers, which signature.

use std::fmt;

use super::SignedRequest;
use super::canonical::pairs;
use super::error::SigError;
use super::key::ALGORITHM;

/// The end of every credential scope.
const TERMINATOR: &str = "aws4_request";

/// The day, region and service that a signature is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `20150830`
    pub date: String,
    /// `us-east-1`
    pub region: String,
    /// `ec2`
    pub service: String,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.date, self.region, self.service)
    }
}

/// What a signed request claims. Nothing of it is proved yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// `AKIA…` or `ASIA…`
    pub access_key_id: String,
    /// The scope of the credential.
    pub scope: Scope,
    /// Names of the signed headers, lower case, in the claim's order.
    pub signed_headers: Vec<String>,
    /// The hex signature.
    pub signature: String,
    /// `20150830T123600Z`
    pub date: String,
    /// The session's token, where there is one.
    pub session_token: Option<String>,
    /// For a presigned request: seconds for which it is valid.
    pub expires: Option<i64>,
}

impl Claim {
    /// Reads the claim from the `Authorization` header, or from a presigned query.
    ///
    /// # Errors
    /// [`SigError::Missing`] where the request is not signed, [`SigError::Incomplete`] where the claim lacks a part.
    pub fn of(request: &SignedRequest<'_>) -> Result<Self, SigError> {
        match request.header("authorization") {
            Some(header) => Self::of_header(request, header),
            None if request.query.contains("X-Amz-Algorithm=") => Self::of_query(request),
            None => Err(SigError::Missing),
        }
    }

    fn of_header(request: &SignedRequest<'_>, header: &str) -> Result<Self, SigError> {
        let rest = header
            .trim()
            .strip_prefix(ALGORITHM)
            .ok_or_else(|| SigError::incomplete("Unsupported AWS 'algorithm'"))?;
        let part = |name: &'static str| {
            let found = rest
                .split(',')
                .filter_map(|piece| piece.trim().split_once('='))
                .find(|(key, _)| *key == name);
            found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let need = |name: &'static str| {
            part(name).ok_or_else(|| {
                SigError::incomplete(&format!(
                    "Authorization header requires '{name}' parameter. Authorization={ALGORITHM}"
                ))
            })
        };
        let (access_key_id, scope) = credential(&need("Credential")?)?;
        Ok(Self {
            access_key_id,
            scope,
            signature: need("Signature")?,
            signed_headers: header_names(&need("SignedHeaders")?),
            date: date_of(request)?,
            session_token: request.header("x-amz-security-token").map(str::to_owned),
            expires: None,
        })
    }

    fn of_query(request: &SignedRequest<'_>) -> Result<Self, SigError> {
        let pairs = pairs(request.query);
        let part = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        let need =
            |name: &str| part(name).ok_or_else(|| SigError::incomplete(&format!("AWS query-string parameters must include '{name}'.")));
        if need("X-Amz-Algorithm")? != ALGORITHM {
            return Err(SigError::incomplete("Unsupported AWS 'algorithm'"));
        }
        let (access_key_id, scope) = credential(&need("X-Amz-Credential")?)?;
        let expires = need("X-Amz-Expires")?
            .parse()
            .map_err(|_| SigError::incomplete("X-Amz-Expires should be a number"))?;
        Ok(Self {
            access_key_id,
            scope,
            signature: need("X-Amz-Signature")?,
            signed_headers: header_names(&need("X-Amz-SignedHeaders")?),
            date: need("X-Amz-Date")?,
            session_token: part("X-Amz-Security-Token"),
            expires: Some(expires),
        })
    }
}

fn header_names(list: &str) -> Vec<String> {
    list.split(';').map(str::to_ascii_lowercase).collect()
}

/// The moment of the request, from `x-amz-date`, or from `date` where that is in the same form.
fn date_of(request: &SignedRequest<'_>) -> Result<String, SigError> {
    let date = request.header("x-amz-date").or_else(|| request.header("date"));
    date.map(str::to_owned)
        .ok_or_else(|| SigError::incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."))
}

fn credential(text: &str) -> Result<(String, Scope), SigError> {
    let mut parts = text.rsplitn(5, '/');
    let mut next = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
    let (Some(end), Some(service), Some(region), Some(date), Some(key)) = (next(), next(), next(), next(), next()) else {
        return Err(SigError::incomplete(&format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{text}'"
        )));
    };
    if end != TERMINATOR {
        return Err(SigError::incomplete(&format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{end}'."
        )));
    }
    Ok((key, Scope { date, region, service }))
}
