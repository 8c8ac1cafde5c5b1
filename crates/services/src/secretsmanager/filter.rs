//! What listings are narrowed by. Follows the user guide's page "Find secrets in AWS Secrets Manager".

use tierra_model::{Shape, text_enum};

use super::model::Secret;

text_enum! {
    /// What a filter looks at.
    pub enum FilterKey {
        Description = "description",
        Name = "name",
        TagKey = "tag-key",
        TagValue = "tag-value",
        PrimaryRegion = "primary-region",
        OwningService = "owning-service",
        All = "all",
    }
}

/// A key and values: any of them will do. A value that begins with `!` is one that must not be there.
#[derive(Clone, Default, Shape)]
pub struct Filter {
    pub(crate) key: FilterKey,
    pub(crate) values: Vec<String>,
}

impl Filter {
    /// Whether a secret passes.
    pub(super) fn passes(&self, secret: &Secret) -> bool {
        self.values.iter().any(|value| match value.strip_prefix('!') {
            Some(unwanted) => !self.fits(secret, unwanted),
            None => self.fits(secret, value),
        })
    }

    fn fits(&self, secret: &Secret, wanted: &str) -> bool {
        let begins = |text: &String| text.starts_with(wanted);
        match self.key {
            FilterKey::Name => begins(&secret.name),
            FilterKey::TagKey => secret.tags.0.keys().any(begins),
            FilterKey::TagValue => secret.tags.0.values().any(begins),
            FilterKey::Description => secret.description.as_deref().is_some_and(|text| has_words(text, wanted)),
            FilterKey::OwningService => secret.owner.as_ref().is_some_and(begins),
            // No secret is a replica of another region's.
            FilterKey::PrimaryRegion => false,
            FilterKey::All => texts(secret).any(|text| has_words(text, wanted)),
        }
    }
}

fn texts(secret: &Secret) -> impl Iterator<Item = &str> {
    let own = [Some(&secret.name), secret.description.as_ref(), secret.owner.as_ref()];
    let tags = secret.tags.0.iter().flat_map(|(key, value)| [key, value]);
    own.into_iter().flatten().chain(tags).map(String::as_str)
}

/// Whether each wanted word begins a word of the text, whatever the case.
fn has_words(text: &str, wanted: &str) -> bool {
    let separates = |c: char| !c.is_alphanumeric();
    let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    let mut words = wanted.split(separates).filter(|word| !word.is_empty());
    words.all(|word| text.split(separates).any(|own| own.starts_with(word)))
}
