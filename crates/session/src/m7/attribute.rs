//! Attributes of elements as what they stand for.

use std::str::FromStr;

use wattbook_codec::xml::Element;
use wattbook_domain::Timestamp;

pub(super) fn optional(element: &Element<'_>, name: &str) -> Option<String> {
    element.attribute(name).map(std::borrow::Cow::into_owned)
}

pub(super) fn text(element: &Element<'_>, name: &str) -> Result<String, String> {
    let found = optional(element, name).filter(|text| !text.is_empty());
    found.ok_or_else(|| format!("{} has no {name}", element.name))
}

fn parsed<T: FromStr>(element: &Element<'_>, name: &str, text: &str) -> Result<T, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{name} of {} is {text:.40?}", element.name))
}

pub(super) fn number<T: FromStr>(element: &Element<'_>, name: &str) -> Result<T, String> {
    match element.attribute(name) {
        Some(text) => parsed(element, name, &text),
        None => Err(format!("{} has no {name}", element.name)),
    }
}

pub(super) fn optional_number<T: FromStr>(
    element: &Element<'_>,
    name: &str,
) -> Result<Option<T>, String> {
    let found = element.attribute(name);
    found.map(|text| parsed(element, name, &text)).transpose()
}

pub(super) fn time(element: &Element<'_>, name: &str) -> Result<Timestamp, String> {
    number(element, name)
}

pub(super) fn optional_time(
    element: &Element<'_>,
    name: &str,
) -> Result<Option<Timestamp>, String> {
    optional_number(element, name)
}
