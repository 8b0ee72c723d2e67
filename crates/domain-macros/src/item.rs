//! The type under the derive, as the generators want it.

use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, Ident, Lit, Meta, Type};

/// A struct or enum.
pub(crate) struct Item {
    /// Its name.
    pub(crate) ident: Ident,
    /// Its documentation, first paragraph, in one line.
    pub(crate) doc: String,
    /// Its parts.
    pub(crate) shape: Shape,
    /// Whether the binary form is written by hand.
    pub(crate) own_binary: bool,
}

/// What a type consists of.
pub(crate) enum Shape {
    /// Named fields.
    Struct(Vec<Part>),
    /// One field without a name.
    Newtype(Type),
    /// Names only.
    Codes(Vec<Choice>),
    /// Several records.
    Union(Vec<Choice>),
}

/// A named field.
pub(crate) struct Part {
    /// Its name.
    pub(crate) ident: Ident,
    /// Its documentation in one line.
    pub(crate) doc: String,
    /// Its type.
    pub(crate) ty: Type,
    /// Whether Python may leave it out.
    pub(crate) has_default: bool,
}

/// A variant.
pub(crate) struct Choice {
    /// Its name.
    pub(crate) ident: Ident,
    /// Its documentation in one line.
    pub(crate) doc: String,
    /// Its number in the binary form.
    pub(crate) tag: u8,
    /// What it holds.
    pub(crate) holds: Holds,
}

/// What a variant holds.
pub(crate) enum Holds {
    /// Nothing.
    Nothing,
    /// One record.
    One(Box<Type>),
    /// Named fields.
    Named(Vec<Part>),
}

impl Item {
    pub(crate) fn new(input: &DeriveInput) -> Result<Self, Error> {
        let shape = match &input.data {
            Data::Struct(it) => match &it.fields {
                Fields::Named(_) => Shape::Struct(parts(&it.fields)),
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                    Shape::Newtype(fields.unnamed[0].ty.clone())
                }
                _ => return Err(Error::new_spanned(input, "give the fields names")),
            },
            Data::Enum(it) => {
                let choices = (1..=u8::MAX).zip(&it.variants).map(choice);
                let choices = choices.collect::<Result<Vec<_>, _>>()?;
                let is_plain = |choice: &Choice| matches!(choice.holds, Holds::Nothing);
                if choices.iter().all(is_plain) {
                    Shape::Codes(choices)
                } else {
                    Shape::Union(choices)
                }
            }
            Data::Union(_) => return Err(Error::new_spanned(input, "use an enum")),
        };
        Ok(Self {
            ident: input.ident.clone(),
            doc: doc(&input.attrs),
            shape,
            own_binary: (input.attrs.iter())
                .any(|it| option(it).as_deref() == Some("binary=\"own\"")),
        })
    }
}

/// What stands in `#[record(…)]`.
fn option(attribute: &Attribute) -> Option<String> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    let text = list.tokens.to_string().replace(' ', "");
    attribute.path().is_ident("record").then_some(text)
}

fn parts(fields: &Fields) -> Vec<Part> {
    let named = fields.iter().filter_map(|field| {
        Some(Part {
            ident: field.ident.clone()?,
            doc: doc(&field.attrs),
            ty: field.ty.clone(),
            has_default: field
                .attrs
                .iter()
                .any(|it| option(it).as_deref() == Some("default")),
        })
    });
    named.collect()
}

fn choice((place, variant): (u8, &syn::Variant)) -> Result<Choice, Error> {
    let tag = match &variant.discriminant {
        None => place,
        Some((
            _,
            Expr::Lit(ExprLit {
                lit: Lit::Int(number),
                ..
            }),
        )) => number.base10_parse()?,
        Some((_, other)) => return Err(Error::new_spanned(other, "write a number below 256")),
    };
    let holds = match &variant.fields {
        Fields::Unit => Holds::Nothing,
        Fields::Named(_) => Holds::Named(parts(&variant.fields)),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Holds::One(Box::new(fields.unnamed[0].ty.clone()))
        }
        Fields::Unnamed(fields) => {
            return Err(Error::new_spanned(fields, "give the fields names"));
        }
    };
    Ok(Choice {
        ident: variant.ident.clone(),
        doc: doc(&variant.attrs),
        tag,
        holds,
    })
}

/// The first paragraph of a documentation comment in one line.
fn doc(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|it| it.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &pair.value
        {
            lines.push(line.value().trim().to_owned());
        }
    }
    let paragraph: Vec<String> = lines
        .into_iter()
        .take_while(|line| !line.is_empty())
        .collect();
    plain(&paragraph.join(" "))
}

/// `text` without the marks of a Rust link: the last name of its path remains.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("[`") {
        let Some((path, after)) = tail.split_once("`]") else {
            break;
        };
        out.push_str(before);
        out.push_str(path.rsplit("::").next().unwrap_or(path));
        rest = after;
    }
    out.push_str(rest);
    out.replace('`', "")
}

/// `GoodTillDate` as `good_till_date`.
pub(crate) fn snake_case(ident: &Ident) -> String {
    let mut out = String::new();
    for character in ident.to_string().chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}
