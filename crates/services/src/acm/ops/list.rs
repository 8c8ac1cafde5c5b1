//! `ListCertificates`.

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp, text_enum};

use super::describe::{self, CertificateDetail};
use crate::acm::errors::AcmError;
use crate::acm::model::{Certificate, KeyAlgorithm, Preference, Status};
use crate::declare::{anything, operations};

/// Certificates of a page at most.
const PAGE: i32 = 1000;
/// Names of a summary at most.
const NAMES: usize = 100;

operations! { "acm", AcmError;
    read ListCertificates(ListInput) -> ListOutput = list, on anything;
}

/// Input of [`ListCertificates`].
#[derive(Default, Shape)]
pub struct ListInput {
    pub(crate) certificate_statuses: Vec<Status>,
    pub(crate) includes: Option<Includes>,
    pub(crate) next_token: Option<String>,
    pub(crate) max_items: Option<i32>,
    pub(crate) sort_by: Option<SortBy>,
    pub(crate) sort_order: Option<SortOrder>,
}

/// Which certificates.
#[derive(Default, Shape)]
pub struct Includes {
    #[shape("keyTypes")]
    pub(crate) key_types: Vec<KeyAlgorithm>,
    #[shape("keyUsage")]
    pub(crate) key_usage: Vec<String>,
    #[shape("extendedKeyUsage")]
    pub(crate) extended_key_usage: Vec<String>,
    #[shape("exportOption")]
    pub(crate) export_option: Option<Preference>,
}

text_enum! {
    /// What a listing is sorted by.
    pub enum SortBy { CreatedAt = "CREATED_AT" }
}

text_enum! {
    /// In which order.
    pub enum SortOrder { Ascending = "ASCENDING", Descending = "DESCENDING" }
}

/// Output of [`ListCertificates`].
#[derive(Default, Shape)]
pub struct ListOutput {
    pub(crate) next_token: Option<String>,
    pub(crate) certificate_summary_list: Vec<CertificateSummary>,
}

/// A certificate in short.
#[derive(Clone, Default, Shape)]
pub struct CertificateSummary {
    pub(crate) certificate_arn: String,
    pub(crate) domain_name: String,
    subject_alternative_name_summaries: Vec<String>,
    has_additional_subject_alternative_names: bool,
    status: Status,
    #[shape("Type")]
    kind: String,
    key_algorithm: KeyAlgorithm,
    key_usages: Vec<String>,
    extended_key_usages: Vec<String>,
    in_use: bool,
    exported: Option<bool>,
    renewal_eligibility: String,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    created_at: Option<Timestamp>,
    issued_at: Option<Timestamp>,
    imported_at: Option<Timestamp>,
}

impl From<CertificateDetail> for CertificateSummary {
    fn from(detail: CertificateDetail) -> Self {
        let names = detail.subject_alternative_names;
        Self {
            certificate_arn: detail.certificate_arn,
            domain_name: detail.domain_name,
            has_additional_subject_alternative_names: names.len() > NAMES,
            subject_alternative_name_summaries: names.into_iter().take(NAMES).collect(),
            status: detail.status,
            kind: detail.kind,
            key_algorithm: detail.key_algorithm,
            key_usages: detail.key_usages.into_iter().map(|usage| usage.name).collect(),
            extended_key_usages: detail.extended_key_usages.into_iter().map(|usage| usage.name).collect(),
            in_use: !detail.in_use_by.is_empty(),
            exported: None,
            renewal_eligibility: detail.renewal_eligibility,
            not_before: detail.not_before,
            not_after: detail.not_after,
            created_at: detail.created_at,
            issued_at: detail.issued_at,
            imported_at: detail.imported_at,
        }
    }
}

fn list(tx: &mut Tx, call: &Call, input: ListInput) -> Result<ListOutput, AcmError> {
    if input.sort_by.is_some() != input.sort_order.is_some() {
        return Err(super::super::errors::invalid("SortBy and SortOrder must be specified together."));
    }
    let includes = input.includes.unwrap_or_default();
    let all = tx.list::<Certificate>(&call.place).into_iter();
    let shown = all.map(|certificate| CertificateSummary::from(describe::show(tx, &certificate, call.now)));
    let mut shown: Vec<CertificateSummary> = shown
        .filter(|one| input.certificate_statuses.is_empty() || input.certificate_statuses.contains(&one.status))
        .filter(|one| includes.lets_through(one))
        .collect();
    // AWS answers in no order where none is asked for; here it is always by age, so that pages fit together.
    let moment = |one: &CertificateSummary| one.created_at.unwrap_or_default().0;
    let newest_first = input.sort_order == Some(SortOrder::Descending);
    let key = |one: &CertificateSummary| {
        let rank = if newest_first { i64::MAX - moment(one) } else { moment(one) };
        format!("{rank:020} {}", one.certificate_arn)
    };
    shown.sort_by_key(key);
    let limit = usize::try_from(input.max_items.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(1);
    let page = paginate(shown, key, input.next_token.as_deref(), limit)?;
    Ok(ListOutput {
        next_token: page.next,
        certificate_summary_list: page.items,
    })
}

impl Includes {
    /// Without key types AWS lists certificates with RSA keys of 1,024 and 2,048 bits only (page "ListCertificates").
    fn lets_through(&self, one: &CertificateSummary) -> bool {
        let default = [KeyAlgorithm::Rsa1024, KeyAlgorithm::Rsa2048];
        let key_types: &[KeyAlgorithm] = if self.key_types.is_empty() { &default } else { &self.key_types };
        let all_of = |asked: &[String], has: &[String]| asked.iter().all(|usage| usage == "ANY" || has.contains(usage));
        key_types.contains(&one.key_algorithm)
            && all_of(&self.key_usage, &one.key_usages)
            && all_of(&self.extended_key_usage, &one.extended_key_usages)
            && self.export_option != Some(Preference::Enabled)
    }
}
