//! Derives for domain records: binary form, text form, the description that makes the Arrow schema,
//! and the Python class.

mod binary;
mod class;
mod description;
mod item;
mod sample;
mod text;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

use crate::item::Item;

/// Derives `Record` for a struct with named fields, a newtype, an enumeration of names, or an enum
/// whose variants hold one record, named fields or nothing.
///
/// `#[record(binary = "own")]` on a struct leaves `size_max`, `write` and `read` to the inherent
/// functions `size_max_fields`, `write_fields` and `read_fields`.
#[proc_macro_derive(Record, attributes(record))]
pub fn derive_record(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    match Item::new(&input).map(|item| record(&item)) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// Makes a domain type a frozen Python class under the feature `python`.
///
/// A struct takes one keyword a field; a field that may be absent, or is marked
/// `#[record(default)]`, may be left out. An enumeration has one constant a name and is also
/// accepted by its name. An enum of records is no class: Python sees the record that it holds.
/// `#[class(check)]` refuses in the constructor what the type's `check` refuses.
#[proc_macro_attribute]
pub fn class(options: TokenStream, input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    match class::class(&options.into(), &input) {
        Ok(tokens) => tokens.into(),
        Err(error) => error.into_compile_error().into(),
    }
}

fn record(item: &Item) -> proc_macro2::TokenStream {
    let Item { ident, .. } = item;
    let name = ident.to_string();
    let kind = description::kind(item);
    let (size_max, write) = (binary::size_max(item), binary::write(item));
    let read = binary::read(item);
    let (visit, parse) = (text::visit(item), text::parse(item));
    let sample = sample::sample(item);
    quote! {
        const _: () = {
            use crate::record::{
                Codes, DecodeFault, Fault, Field, Form, Kind, Reader, Record, Struct, TextError,
                TextReader, Union, Value, Variant, Visitor, Writer,
            };

            #[automatically_derived]
            #[allow(clippy::too_many_lines, clippy::trivially_copy_pass_by_ref, unused_imports)]
            impl Record for #ident {
                const NAME: &'static str = #name;
                const KIND: Kind = #kind;

                #[inline(always)]
                fn size_max(&self) -> usize {
                    #size_max
                }

                #[inline(always)]
                fn write<'a, F: Form>(&self, out: Writer<'a, F>) -> Writer<'a, F> {
                    #write
                }

                #[inline(always)]
                fn read<F: Form>(input: &mut Reader<'_>) -> Result<Self, Fault> {
                    #read
                }

                fn visit(&self, visitor: &mut dyn Visitor) {
                    #visit
                }

                fn parse(text: &mut TextReader<'_>) -> Result<Self, TextError> {
                    #parse
                }
            }

            #[cfg(feature = "sample")]
            #[automatically_derived]
            impl crate::record::Sample for #ident {
                fn sample(draws: &mut crate::record::Draws) -> Self {
                    use crate::record::Sample;
                    #sample
                }
            }
        };
    }
}
