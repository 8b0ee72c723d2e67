//! `size_max`, `write` and `read`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::item::{Choice, Holds, Item, Part, Shape};

pub(crate) fn size_max(item: &Item) -> TokenStream {
    if item.own_binary {
        return quote! { self.size_max_fields() };
    }
    match &item.shape {
        Shape::Struct(parts) => {
            let names = parts.iter().map(|part| &part.ident);
            quote! { 0 #( + Record::size_max(&self.#names) )* }
        }
        Shape::Newtype(_) => quote! { Record::size_max(&self.0) },
        Shape::Codes(_) => quote! { 1 },
        Shape::Union(choices) => {
            let arms = choices.iter().map(|choice| {
                let ident = &choice.ident;
                match &choice.holds {
                    Holds::Nothing => quote! { Self::#ident => 1, },
                    Holds::One(_) => quote! { Self::#ident(it) => 1 + Record::size_max(it), },
                    Holds::Named(parts) => {
                        let names: Vec<_> = parts.iter().map(|part| &part.ident).collect();
                        quote! {
                            Self::#ident { #( #names ),* } => 1 #( + Record::size_max(#names) )*,
                        }
                    }
                }
            });
            quote! { match self { #( #arms )* } }
        }
    }
}

pub(crate) fn write(item: &Item) -> TokenStream {
    if item.own_binary {
        return quote! { self.write_fields(out) };
    }
    match &item.shape {
        Shape::Struct(parts) => {
            let names = parts.iter().map(|part| &part.ident);
            quote! {
                #( let out = Record::write(&self.#names, out); )*
                out
            }
        }
        Shape::Newtype(_) => quote! { Record::write(&self.0, out) },
        Shape::Codes(choices) => {
            let (idents, tags): (Vec<_>, Vec<_>) = choices
                .iter()
                .map(|choice| (&choice.ident, choice.tag))
                .unzip();
            quote! { crate::record::put_tag(out, match self { #( Self::#idents => #tags, )* }) }
        }
        Shape::Union(choices) => {
            let arms = choices.iter().map(write_choice);
            quote! { match self { #( #arms )* } }
        }
    }
}

fn write_choice(choice: &Choice) -> TokenStream {
    let Choice {
        ident, tag, holds, ..
    } = choice;
    let out = quote! { crate::record::put_tag(out, #tag) };
    match holds {
        Holds::Nothing => quote! { Self::#ident => #out, },
        Holds::One(_) => quote! { Self::#ident(value) => Record::write(value, #out), },
        Holds::Named(parts) => {
            let names: Vec<_> = parts.iter().map(|part| &part.ident).collect();
            quote! {
                Self::#ident { #( #names ),* } => {
                    let out = #out;
                    #( let out = Record::write(#names, out); )*
                    out
                }
            }
        }
    }
}

pub(crate) fn read(item: &Item) -> TokenStream {
    if item.own_binary {
        return quote! { Self::read_fields::<F>(input) };
    }
    match &item.shape {
        Shape::Struct(parts) => {
            let fields = read_parts(parts);
            // A copy stays in registers where the reference would be stored for each field.
            quote! {
                let whole = input;
                let mut rest = *whole;
                let input = &mut rest;
                let value = Self { #fields };
                *whole = rest;
                Ok(value)
            }
        }
        Shape::Newtype(_) => quote! { Record::read::<F>(input).map(Self) },
        Shape::Codes(choices) | Shape::Union(choices) => {
            let arms = choices.iter().map(read_choice);
            quote! {
                match crate::record::tag(input)? {
                    #( #arms )*
                    tag => Err(Fault::new(
                        DecodeFault::UnknownTag { of: Self::NAME, tag },
                        input.len() + 1,
                    )),
                }
            }
        }
    }
}

fn read_choice(choice: &Choice) -> TokenStream {
    let Choice {
        ident, tag, holds, ..
    } = choice;
    match holds {
        Holds::Nothing => quote! { #tag => Ok(Self::#ident), },
        Holds::One(_) => quote! { #tag => Record::read::<F>(input).map(Self::#ident), },
        Holds::Named(parts) => {
            let fields = read_parts(parts);
            quote! { #tag => Ok(Self::#ident { #fields }), }
        }
    }
}

fn read_parts(parts: &[Part]) -> TokenStream {
    let names = parts.iter().map(|part| &part.ident);
    quote! { #( #names: Record::read::<F>(input)? ),* }
}
