//! Tags of users, roles, managed policies and instance profiles.

use tierra_core::{Call, Registry, Tag, Tags, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::iam::api::{arns, listing, page, policy_arn};
use crate::iam::errors::IamError;
use crate::iam::managed;
use crate::iam::model::{InstanceProfile, ManagedPolicy, Named, Role, User, find};

/// Declares a noun's operations on its tags, in a module of the noun's name.
macro_rules! tag_operations {
    ($module:ident, $noun:ty, $member:literal, $find:expr, $arns:expr; $tag:ident $untag:ident $list:ident) => {
        #[doc = concat!("Tags of what `", $member, "` names.")]
        pub(crate) mod $module {
            use super::*;

            operations! { "iam", IamError;
                write $tag(TagInput) -> () = |tx, call, input| { let noun = $find(tx, call, &input.noun)?; tag::<$noun>(tx, noun, &input.tags) },
                    on |tx, input, call| $arns(tx, call, &input.noun);
                write $untag(UntagInput) -> () = |tx, call, input| { let noun = $find(tx, call, &input.noun)?; untag::<$noun>(tx, noun, &input.tag_keys) },
                    on |tx, input, call| $arns(tx, call, &input.noun);
                read $list(ListInput) -> TagsOutput = |tx, call, input| {
                    let noun: $noun = $find(tx, call, &input.noun)?;
                    list(&noun.entity().tags, input.marker.as_deref(), input.max_items)
                }, on |tx, input, call| $arns(tx, call, &input.noun);
            }

            /// Tags to put.
            #[derive(Default, Shape)]
            pub struct TagInput {
                #[shape($member)]
                pub(crate) noun: String,
                pub(crate) tags: Vec<Tag>,
            }

            /// Tags to take away.
            #[derive(Default, Shape)]
            pub struct UntagInput {
                #[shape($member)]
                pub(crate) noun: String,
                pub(crate) tag_keys: Vec<String>,
            }

            /// A page of tags.
            #[derive(Default, Shape)]
            pub struct ListInput {
                #[shape($member)]
                noun: String,
                marker: Option<String>,
                max_items: Option<i32>,
            }
        }
    };
}

tag_operations!(user, User, "UserName", find::<User>, arns::<User>; TagUser UntagUser ListUserTags);
tag_operations!(role, Role, "RoleName", find::<Role>, arns::<Role>; TagRole UntagRole ListRoleTags);
tag_operations!(policy, ManagedPolicy, "PolicyArn", find_policy, on_policy; TagPolicy UntagPolicy ListPolicyTags);
tag_operations!(instance_profile, InstanceProfile, "InstanceProfileName", find::<InstanceProfile>, arns::<InstanceProfile>;
    TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags);

/// Declares the operations of every noun.
pub(super) fn register(registry: &mut Registry) {
    user::register(registry);
    role::register(registry);
    policy::register(registry);
    instance_profile::register(registry);
}

listing!(TagsOutput { tags: Tag });

fn find_policy(tx: &Tx, _: &Call, arn: &str) -> Result<ManagedPolicy, IamError> {
    managed::find(tx, arn)
}

fn on_policy(_: &Tx, _: &Call, arn: &str) -> Vec<tierra_core::Arn> {
    policy_arn(arn)
}

fn tag<N: Named>(tx: &mut Tx, mut noun: N, tags: &[Tag]) -> Result<(), IamError> {
    own(&noun)?;
    tags.iter().try_for_each(|tag| noun.entity_mut().tags.put(tag))?;
    tx.save(noun);
    Ok(())
}

fn untag<N: Named>(tx: &mut Tx, mut noun: N, keys: &[String]) -> Result<(), IamError> {
    own(&noun)?;
    noun.entity_mut().tags.0.retain(|key, _| !keys.contains(key));
    tx.save(noun);
    Ok(())
}

/// AWS's own policies are read from data, not from the store.
fn own<N: Named>(noun: &N) -> Result<(), IamError> {
    let arn = noun.arn().to_string();
    if managed::is_aws(&arn) {
        Err(IamError::AwsManaged { arn })
    } else {
        Ok(())
    }
}

fn list(tags: &Tags, marker: Option<&str>, max_items: Option<i32>) -> Result<TagsOutput, IamError> {
    let page = page(tags.list(), |tag: &Tag| tag.key.clone(), marker, max_items)?;
    Ok(TagsOutput::of(page, |tag| tag))
}
