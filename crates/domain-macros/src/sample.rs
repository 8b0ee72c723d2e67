//! `sample`, for tests.

use proc_macro2::TokenStream;
use quote::quote;

use crate::item::{Choice, Holds, Item, Part, Shape};

pub(crate) fn sample(item: &Item) -> TokenStream {
    match &item.shape {
        Shape::Struct(parts) => {
            let fields = sample_parts(parts);
            quote! { Self { #fields } }
        }
        Shape::Newtype(_) => quote! { Self(Sample::sample(draws)) },
        Shape::Codes(choices) | Shape::Union(choices) => {
            let count = choices.len() as u64;
            let arms = choices.iter().enumerate().skip(1).map(|(place, choice)| {
                let (place, value) = (place as u64, sample_choice(choice));
                quote! { #place => #value, }
            });
            let first = choices.first().map(sample_choice);
            quote! { match draws.draw() % #count { #( #arms )* _ => #first } }
        }
    }
}

fn sample_choice(choice: &Choice) -> TokenStream {
    let ident = &choice.ident;
    match &choice.holds {
        Holds::Nothing => quote! { Self::#ident },
        Holds::One(_) => quote! { Self::#ident(Sample::sample(draws)) },
        Holds::Named(parts) => {
            let fields = sample_parts(parts);
            quote! { Self::#ident { #fields } }
        }
    }
}

fn sample_parts(parts: &[Part]) -> TokenStream {
    let names = parts.iter().map(|part| &part.ident);
    quote! { #( #names: Sample::sample(draws) ),* }
}
