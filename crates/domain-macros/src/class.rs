//! `#[class]`: the Python class of a domain type, behind the feature `python`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DeriveInput, Error, GenericArgument, Ident, PathArguments, Type};

use crate::item::{Choice, Holds, Item, Part, Shape};

/// Names that Python keeps for itself.
const KEYWORDS: [&str; 4] = ["from", "in", "is", "not"];

/// `input` with its Python class beside it.
///
/// A struct becomes a frozen class with one keyword and one getter a field, an enumeration a frozen
/// class with one constant a name; an enum of records is no class of its own, Python sees the record.
/// `options` may be `check`: the constructor then refuses what the type's `check` refuses.
pub(crate) fn class(options: &TokenStream, input: &DeriveInput) -> Result<TokenStream, Error> {
    let item = Item::new(input)?;
    let (attribute, methods) = match &item.shape {
        Shape::Struct(parts) => {
            let checked = options.to_string() == "check";
            (
                quote! { eq, from_py_object },
                struct_methods(&item, parts, checked),
            )
        }
        Shape::Codes(choices) => (
            quote! { eq, hash, rename_all = "SCREAMING_SNAKE_CASE" },
            code_methods(&item, choices),
        ),
        Shape::Union(choices) => {
            let conversions = conversions(&item, choices)?;
            return Ok(quote! { #input #conversions });
        }
        Shape::Newtype(_) => return Err(Error::new_spanned(input, "a newtype is a number there")),
    };
    Ok(quote! {
        #[cfg_attr(feature = "python", ::pyo3::pyclass(frozen, #attribute, module = "wattbook.domain"))]
        #input
        #methods
    })
}

/// What every class has: bytes, text, pickling, a hash that fits its equality.
fn record_methods(item: &Item) -> TokenStream {
    let Item { ident, .. } = item;
    let name = ident.to_string();
    quote! {
        /// The value in its binary form, as the journal keeps it.
        fn to_bytes<'py>(
            &self,
            py: ::pyo3::Python<'py>,
        ) -> ::pyo3::Bound<'py, ::pyo3::types::PyBytes> {
            crate::python::bytes(py, self)
        }

        /// Reads the binary form.
        #[staticmethod]
        fn from_bytes(data: &[u8]) -> ::pyo3::PyResult<Self> {
            crate::python::whole(data)
        }

        /// Reads the text form, which is what `str` gives.
        #[staticmethod]
        fn from_text(text: &str) -> ::pyo3::PyResult<Self> {
            Record::from_text(text).map_err(crate::python::refused)
        }

        fn __str__(&self) -> String {
            Record::to_text(self)
        }

        fn __reduce__(
            slf: &::pyo3::Bound<'_, Self>,
        ) -> ::pyo3::PyResult<(::pyo3::Py<::pyo3::PyAny>, (::pyo3::Py<::pyo3::types::PyBytes>,))> {
            crate::python::reduce(slf)
        }

        #[classattr]
        #[pyo3(name = "NAME")]
        fn py_name() -> &'static str {
            #name
        }
    }
}

fn struct_methods(item: &Item, parts: &[Part], checked: bool) -> TokenStream {
    let ident = &item.ident;
    let shared = record_methods(item);
    let getters = parts.iter().map(getter);
    let arguments: Vec<_> = parts.iter().map(|part| python_name(&part.ident)).collect();
    let types: Vec<_> = parts.iter().map(|part| unboxed(&part.ty)).collect();
    let defaults = parts.iter().zip(&types).zip(&arguments);
    let defaults = defaults.map(|((part, ty), argument)| {
        if is(ty, "Option") {
            quote! { #argument = None }
        } else if part.has_default {
            quote! { #argument = <#ty as Default>::default() }
        } else {
            quote! { #argument }
        }
    });
    let fields = parts.iter().zip(&arguments).map(|(part, argument)| {
        let name = &part.ident;
        match boxed(&part.ty) {
            Boxed::No => quote! { #name: #argument },
            Boxed::Whole => quote! { #name: Box::new(#argument) },
            Boxed::Inside => quote! { #name: #argument.map(Box::new) },
        }
    });
    let check = checked.then(|| quote! { value.check().map_err(crate::python::refused)?; });
    let name = ident.to_string();
    quote! {
        #[cfg(feature = "python")]
        #[allow(clippy::all, clippy::pedantic)]
        const _: () = {
            use crate::record::Record;

            #[::pyo3::pymethods]
            impl #ident {
                #[new]
                #[pyo3(signature = (*, #( #defaults ),*))]
                fn py_new( #( #arguments: #types ),* ) -> ::pyo3::PyResult<Self> {
                    let value = Self { #( #fields ),* };
                    #check
                    Ok(value)
                }

                #( #getters )*

                fn __repr__(&self) -> String {
                    format!("{} {}", #name, Record::to_text(self))
                }

                fn __hash__(&self) -> u64 {
                    crate::python::hash(self)
                }

                #shared
            }
        };
    }
}

fn getter(part: &Part) -> TokenStream {
    let (field, doc, ty) = (&part.ident, &part.doc, unboxed(&part.ty));
    let method = format_ident!("py_get_{field}");
    let name = python_name(field);
    let value = match boxed(&part.ty) {
        Boxed::No => quote! { self.#field.clone() },
        Boxed::Whole => quote! { (*self.#field).clone() },
        Boxed::Inside => quote! { self.#field.as_deref().cloned() },
    };
    quote! {
        #[doc = #doc]
        #[getter(#name)]
        fn #method(&self) -> #ty {
            #value
        }
    }
}

fn code_methods(item: &Item, choices: &[Choice]) -> TokenStream {
    let ident = &item.ident;
    let shared = record_methods(item);
    let names = choices.iter().map(|choice| &choice.ident);
    quote! {
        #[cfg(feature = "python")]
        #[allow(clippy::all, clippy::pedantic)]
        const _: () = {
            use crate::record::Record;

            #[::pyo3::pymethods]
            impl #ident {
                /// Every value, in the order of its number.
                #[staticmethod]
                fn values() -> Vec<Self> {
                    vec![ #( Self::#names ),* ]
                }

                #shared
            }

            impl ::pyo3::FromPyObject<'_, '_> for #ident {
                type Error = ::pyo3::PyErr;
                const INPUT_TYPE: ::pyo3::inspect::PyStaticExpr = crate::python::either(
                    &<#ident as ::pyo3::PyTypeInfo>::TYPE_HINT,
                    &<::pyo3::types::PyString as ::pyo3::PyTypeInfo>::TYPE_HINT,
                );

                fn extract(
                    object: ::pyo3::Borrowed<'_, '_, ::pyo3::PyAny>,
                ) -> ::pyo3::PyResult<Self> {
                    match object.cast::<Self>() {
                        Ok(value) => Ok(*value.get()),
                        Err(_) => crate::python::named(object),
                    }
                }
            }
        };
    }
}

/// Conversion between an enum of records and the Python object of the record that it holds.
fn conversions(item: &Item, choices: &[Choice]) -> Result<TokenStream, Error> {
    let ident = &item.ident;
    let mut variants = Vec::new();
    let mut types = Vec::new();
    for choice in choices {
        let Holds::One(ty) = &choice.holds else {
            return Err(Error::new_spanned(
                ident,
                "each variant must hold one record",
            ));
        };
        variants.push(&choice.ident);
        types.push(unboxed(ty));
    }
    let wrapped: Vec<_> = choices
        .iter()
        .map(|choice| match &choice.holds {
            Holds::One(ty) if is(ty, "Box") => quote! { Box::new(value) },
            _ => quote! { value },
        })
        .collect();
    let unwrapped: Vec<_> = choices
        .iter()
        .map(|choice| match &choice.holds {
            Holds::One(ty) if is(ty, "Box") => quote! { *value },
            _ => quote! { value },
        })
        .collect();
    let hint = hint_union(&types);
    Ok(quote! {
        #[cfg(feature = "python")]
        #[allow(clippy::all, clippy::pedantic)]
        const _: () = {
            use ::pyo3::{FromPyObject, IntoPyObject, IntoPyObjectExt};

            impl<'py> IntoPyObject<'py> for #ident {
                type Target = ::pyo3::PyAny;
                type Output = ::pyo3::Bound<'py, ::pyo3::PyAny>;
                type Error = ::pyo3::PyErr;
                const OUTPUT_TYPE: ::pyo3::inspect::PyStaticExpr = #hint;

                fn into_pyobject(self, py: ::pyo3::Python<'py>) -> ::pyo3::PyResult<Self::Output> {
                    match self {
                        #( Self::#variants(value) => (#unwrapped).into_bound_py_any(py), )*
                    }
                }
            }

            impl FromPyObject<'_, '_> for #ident {
                type Error = ::pyo3::PyErr;
                const INPUT_TYPE: ::pyo3::inspect::PyStaticExpr = #hint;

                fn extract(
                    object: ::pyo3::Borrowed<'_, '_, ::pyo3::PyAny>,
                ) -> ::pyo3::PyResult<Self> {
                    #(
                        if let Ok(value) = object.cast::<#types>() {
                            let value = value.get().clone();
                            return Ok(Self::#variants(#wrapped));
                        }
                    )*
                    Err(crate::python::no_record(<Self as crate::record::Record>::NAME, object))
                }
            }
        };
    })
}

fn hint_union(types: &[Type]) -> TokenStream {
    let hint = |ty: &Type| quote! { <#ty as ::pyo3::PyTypeInfo>::TYPE_HINT };
    let mut hints = types.iter().rev().map(hint);
    let last = hints.next().unwrap_or_default();
    hints.fold(
        last,
        |right, left| quote! { crate::python::either(&#left, &#right) },
    )
}

fn python_name(field: &Ident) -> Ident {
    if KEYWORDS.contains(&field.to_string().as_str()) {
        format_ident!("{field}_")
    } else {
        field.clone()
    }
}

/// Where a type has a box.
enum Boxed {
    No,
    Whole,
    Inside,
}

fn boxed(ty: &Type) -> Boxed {
    if is(ty, "Box") {
        Boxed::Whole
    } else if is(ty, "Option") && inner(ty).is_some_and(|inner| is(inner, "Box")) {
        Boxed::Inside
    } else {
        Boxed::No
    }
}

/// The type without its box.
fn unboxed(ty: &Type) -> Type {
    match (boxed(ty), inner(ty)) {
        (Boxed::Whole, Some(inside)) => inside.clone(),
        (Boxed::Inside, Some(inside)) => {
            let inside = inner(inside);
            syn::parse_quote! { Option<#inside> }
        }
        _ => ty.clone(),
    }
}

fn is(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|it| it.ident == name))
}

fn inner(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
