//! `visit` and `parse`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::item::{Choice, Holds, Item, Part, Shape, snake_case};

pub(crate) fn visit(item: &Item) -> TokenStream {
    let this = &item.ident;
    match &item.shape {
        Shape::Struct(parts) => {
            let names: Vec<_> = parts.iter().map(|part| &part.ident).collect();
            let steps = visit_parts(&names);
            quote! {
                const FIELDS: &[Field] = <#this as Record>::FIELDS;
                #( let #names = &self.#names; )*
                #steps
            }
        }
        Shape::Newtype(_) => quote! { Record::visit(&self.0, visitor); },
        Shape::Codes(choices) => {
            let (idents, names): (Vec<_>, Vec<_>) = choices
                .iter()
                .map(|choice| (&choice.ident, snake_case(&choice.ident)))
                .unzip();
            quote! { visitor.value(Value::Code(match self { #( Self::#idents => #names, )* })); }
        }
        Shape::Union(choices) => {
            let arms = choices.iter().enumerate().map(visit_choice);
            quote! {
                const VARIANTS: &[Variant] = match <#this as Record>::KIND {
                    Kind::Union(it) => it.variants,
                    _ => &[],
                };
                match self { #( #arms )* }
            }
        }
    }
}

fn visit_parts(names: &[&syn::Ident]) -> TokenStream {
    let places = 0..names.len();
    quote! {
        visitor.begin_struct();
        #( visitor.field(&FIELDS[#places]); Record::visit(#names, visitor); )*
        visitor.end_struct();
    }
}

fn visit_choice((place, choice): (usize, &Choice)) -> TokenStream {
    let ident = &choice.ident;
    let begin = quote! { visitor.variant(&VARIANTS[#place]); };
    match &choice.holds {
        Holds::Nothing => quote! { Self::#ident => { #begin } },
        Holds::One(_) => quote! {
            Self::#ident(value) => {
                #begin
                Record::visit(value, visitor);
            }
        },
        Holds::Named(parts) => {
            let names: Vec<_> = parts.iter().map(|part| &part.ident).collect();
            let steps = visit_parts(&names);
            quote! {
                Self::#ident { #( #names ),* } => {
                    const FIELDS: &[Field] = match VARIANTS[#place].kind {
                        Some(Kind::Struct(it)) => it.fields,
                        _ => &[],
                    };
                    #begin
                    #steps
                }
            }
        }
    }
}

pub(crate) fn parse(item: &Item) -> TokenStream {
    match &item.shape {
        Shape::Struct(parts) => parse_parts(parts, &quote! { Self }),
        Shape::Newtype(_) => quote! { Record::parse(text).map(Self) },
        Shape::Codes(choices) => {
            let (idents, names): (Vec<_>, Vec<_>) = choices
                .iter()
                .map(|choice| (&choice.ident, snake_case(&choice.ident)))
                .unzip();
            quote! {
                match text.word() {
                    #( #names => Ok(Self::#idents), )*
                    name => Err(text.unknown(Self::NAME, name)),
                }
            }
        }
        Shape::Union(choices) => {
            let arms = choices.iter().map(parse_choice);
            quote! {
                match text.word() {
                    #( #arms )*
                    name => Err(text.unknown(Self::NAME, name)),
                }
            }
        }
    }
}

fn parse_choice(choice: &Choice) -> TokenStream {
    let (ident, name) = (&choice.ident, choice.ident.to_string());
    match &choice.holds {
        Holds::Nothing => quote! { #name => Ok(Self::#ident), },
        Holds::One(_) => quote! {
            #name => {
                text.expect(' ')?;
                Record::parse(text).map(Self::#ident)
            }
        },
        Holds::Named(parts) => {
            let fields = parse_parts(parts, &quote! { Self::#ident });
            quote! {
                #name => {
                    text.expect(' ')?;
                    #fields
                }
            }
        }
    }
}

fn parse_parts(parts: &[Part], constructor: &TokenStream) -> TokenStream {
    let idents: Vec<_> = parts.iter().map(|part| &part.ident).collect();
    let names: Vec<_> = idents.iter().map(ToString::to_string).collect();
    let slots: Vec<_> = idents
        .iter()
        .map(|ident| format_ident!("slot_{ident}"))
        .collect();
    let types = parts.iter().map(|part| &part.ty);
    quote! {
        #( let mut #slots: Option<#types> = None; )*
        text.expect('{')?;
        while let Some(name) = text.field()? {
            match name {
                #( #names => text.value(&mut #slots, #names)?, )*
                _ => return Err(text.unknown(Self::NAME, name)),
            }
        }
        Ok(#constructor { #( #idents: text.require(#slots, Self::NAME, #names)? ),* })
    }
}
