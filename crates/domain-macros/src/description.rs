//! `KIND`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::item::{Choice, Holds, Item, Part, Shape, snake_case};

pub(crate) fn kind(item: &Item) -> TokenStream {
    let name = item.ident.to_string();
    match &item.shape {
        Shape::Struct(parts) => structure(&name, &item.doc, parts),
        Shape::Newtype(inner) => quote! { <#inner as Record>::KIND },
        Shape::Codes(choices) => {
            let codes = choices.iter().map(|choice| {
                let (name, tag) = (snake_case(&choice.ident), choice.tag);
                quote! { (#name, #tag) }
            });
            quote! { Kind::Code(&Codes { name: #name, codes: &[ #( #codes ),* ] }) }
        }
        Shape::Union(choices) => {
            let variants = choices.iter().map(variant);
            quote! { Kind::Union(&Union { name: #name, variants: &[ #( #variants ),* ] }) }
        }
    }
}

fn structure(name: &str, doc: &str, parts: &[Part]) -> TokenStream {
    let fields = parts.iter().map(|part| {
        let (name, doc, ty) = (part.ident.to_string(), &part.doc, &part.ty);
        quote! { Field { name: #name, doc: #doc, kind: <#ty as Record>::KIND } }
    });
    quote! {
        Kind::Struct(&Struct { name: #name, doc: #doc, fields: &[ #( #fields ),* ] })
    }
}

fn variant(choice: &Choice) -> TokenStream {
    let (name, tag) = (choice.ident.to_string(), choice.tag);
    let kind = match &choice.holds {
        Holds::Nothing => quote! { None },
        Holds::One(ty) => quote! { Some(<#ty as Record>::KIND) },
        Holds::Named(parts) => {
            let kind = structure(&name, &choice.doc, parts);
            quote! { Some(#kind) }
        }
    };
    quote! { Variant { name: #name, tag: #tag, kind: #kind } }
}
