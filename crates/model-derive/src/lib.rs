//! `#[derive(Shape)]`: a struct's fields become AWS members. `image_id` is `ImageId`; `#[shape(camel)]` on the struct makes it
//! `imageId`; `#[shape("DBName")]` on a field names it outright; the members of a `#[shape(flatten)]` field are the struct's own.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, LitStr, Type, parse_macro_input};

/// Implements `tierra_model::Shape` and `tierra_model::Fields` for a struct with named fields, each of which is a `Shape`.
#[proc_macro_derive(Shape, attributes(shape))]
pub fn derive_shape(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn expand(input: &DeriveInput) -> Result<proc_macro2::TokenStream, Error> {
    let fields = named_fields(input)?;
    let camel = input.attrs.iter().any(is_camel);
    let (flat, fields): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| field.attrs.iter().any(is_flatten));
    let idents: Vec<_> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let names = fields
        .iter()
        .map(|field| member_name(field, camel))
        .collect::<Result<Vec<_>, _>>()?;
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    let flat_idents: Vec<_> = flat.iter().filter_map(|field| field.ident.as_ref()).collect();
    let declared = declared(&names, &types, &flat.iter().map(|field| &field.ty).collect::<Vec<_>>());
    let name = &input.ident;
    Ok(quote! {
        impl ::tierra_model::Shape for #name {
            fn view(&self) -> ::tierra_model::View<'_> {
                ::tierra_model::View::Struct(self)
            }
            fn set(&mut self, _: ::tierra_model::Scalar<'_>) -> Result<(), ::tierra_model::Invalid> {
                Err(::tierra_model::Invalid::new("is not a structure"))
            }
            fn member(&mut self, name: &str) -> Option<&mut dyn ::tierra_model::Shape> {
                match name {
                    #(#names => Some(&mut self.#idents),)*
                    _ => {
                        #(if let Some(found) = ::tierra_model::Shape::member(&mut self.#flat_idents, name) {
                            return Some(found);
                        })*
                        None
                    }
                }
            }
            fn declared() -> ::tierra_model::Declared {
                #declared
            }
        }
        impl ::tierra_model::Fields for #name {
            fn field(&self, name: &str) -> Option<&dyn ::tierra_model::Shape> {
                match name {
                    #(#names => Some(&self.#idents),)*
                    _ => None #(.or_else(|| ::tierra_model::Fields::field(&self.#flat_idents, name)))*,
                }
            }
            fn names(&self) -> Vec<&str> {
                let names: Vec<&str> = vec![#(#names),*];
                #(let names = [names, ::tierra_model::Fields::names(&self.#flat_idents)].concat();)*
                names
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>, Error> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            Fields::Unit => Ok(Vec::new()),
            Fields::Unnamed(_) => Err(Error::new_spanned(input, "Shape needs named fields; a newtype uses text_shape!")),
        },
        _ => Err(Error::new_spanned(input, "Shape is for structs; an enum uses text_enum!")),
    }
}

/// What `declared` answers. The members of flattened fields are known only once they are asked, so that the list is made then.
fn declared(names: &[String], types: &[&Type], flat: &[&Type]) -> proc_macro2::TokenStream {
    let own = quote!([#((#names, <#types as ::tierra_model::Shape>::declared as fn() -> ::tierra_model::Declared)),*]);
    if flat.is_empty() {
        return quote!(::tierra_model::Declared::Struct(&#own));
    }
    quote! {
        static MEMBERS: ::std::sync::LazyLock<Vec<::tierra_model::DeclaredMember>> = ::std::sync::LazyLock::new(|| {
            let mut members: Vec<::tierra_model::DeclaredMember> = #own.to_vec();
            #(if let ::tierra_model::Declared::Struct(more) = <#flat as ::tierra_model::Shape>::declared() {
                members.extend_from_slice(more);
            })*
            members
        });
        ::tierra_model::Declared::Struct(&MEMBERS)
    }
}

fn is_flatten(attribute: &Attribute) -> bool {
    attribute.path().is_ident("shape") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "flatten")
}

fn is_camel(attribute: &Attribute) -> bool {
    attribute.path().is_ident("shape") && attribute.parse_args::<syn::Ident>().is_ok_and(|ident| ident == "camel")
}

fn member_name(field: &Field, camel: bool) -> Result<String, Error> {
    if let Some(attribute) = field.attrs.iter().find(|a| a.path().is_ident("shape")) {
        return Ok(attribute.parse_args::<LitStr>()?.value());
    }
    let Some(ident) = &field.ident else {
        return Err(Error::new_spanned(field, "a field without a name"));
    };
    let pascal = pascal_case(ident.to_string().trim_start_matches("r#"));
    Ok(if camel { lower_first(&pascal) } else { pascal })
}

fn pascal_case(snake: &str) -> String {
    snake.split('_').map(upper_first).collect()
}

fn upper_first(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

fn lower_first(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
