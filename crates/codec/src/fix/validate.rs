//! Messages against a dictionary: the checks that a session answers with Reject (35=3).

use super::application;
use super::dictionary::{Container, Dictionary, FieldDef, FieldKind, Member};
use super::error::FieldError;
use super::format;
use super::message::{Field, Fields, Message};
use super::value::Value;

/// Words of a set of members; the build script refuses a container with more.
const WORDS: usize = 16;

/// `SessionRejectReason` (373): FIX 4.4, tag 373.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum RejectReason {
    /// No field of the standard has the tag.
    #[error("invalid tag number")]
    InvalidTagNumber = 0,
    /// A required field is not there.
    #[error("required tag missing")]
    RequiredTagMissing = 1,
    /// The message type has no such field.
    #[error("tag not defined for this message type")]
    TagNotDefinedForMessageType = 2,
    /// The value is empty.
    #[error("tag specified without a value")]
    TagWithoutValue = 4,
    /// The value is none of those that the field may have.
    #[error("value is incorrect (out of range) for this tag")]
    ValueIncorrect = 5,
    /// The value is not written as its type is.
    #[error("incorrect data format for value")]
    IncorrectDataFormat = 6,
    /// No message of the standard has the type.
    #[error("invalid MsgType")]
    InvalidMsgType = 11,
    /// The tag stands twice.
    #[error("tag appears more than once")]
    TagAppearsMoreThanOnce = 13,
    /// A header field stands in the body, or a body field after the trailer began.
    #[error("tag specified out of required order")]
    TagOutOfOrder = 14,
    /// An entry does not begin with its first field, or its fields are not in the standard's order.
    #[error("repeating group fields out of order")]
    GroupFieldsOutOfOrder = 15,
    /// There are not as many entries as stated.
    #[error("incorrect NumInGroup count for repeating group")]
    IncorrectCount = 16,
    /// A field of bytes does not end where its length says.
    #[error("non-data value includes field delimiter")]
    DelimiterInValue = 17,
    /// No dictionary is of the version that `ApplVerID` (1128) or `DefaultApplVerID` (1137) says:
    /// FIXT 1.1, tag 373.
    #[error("invalid or unsupported application version; use 4, 6 or 9")]
    UnsupportedVersion = 18,
}

/// Why a message is to be rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tag {tag}: {reason}")]
pub struct Rejected {
    /// For `SessionRejectReason` (373).
    pub reason: RejectReason,
    /// For `RefTagID` (371); 0 for a field without a tag number.
    pub tag: u32,
}

/// What to let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// Tags from 5,000 to 9,999 and from 20,000 on that the dictionary lacks: user-defined fields.
    pub allows_user_defined: bool,
    /// Fields of a group's entry in another order than the standard's, behind the first.
    pub allows_any_group_order: bool,
}

/// Checks the fields of one message, or those of its parts that a dictionary says what is in.
#[derive(Clone, Copy)]
struct Check {
    dictionary: &'static Dictionary,
    rules: Rules,
}

/// Members of a container that were seen, by place.
struct Seen([u64; WORDS]);

/// Fields of which the next one is read already.
struct Ahead<'a> {
    fields: Fields<'a>,
    /// Of the next field; 0 at the end and before a malformed field.
    tag: u32,
    value: &'a [u8],
    fault: Option<FieldError>,
}

impl<'a> Ahead<'a> {
    fn new(fields: Fields<'a>) -> Self {
        let mut ahead = Self {
            fields,
            tag: 0,
            value: &[],
            fault: None,
        };
        ahead.advance();
        ahead
    }

    #[inline]
    fn advance(&mut self) {
        match self.fields.ordinary() {
            Some(field) => {
                self.tag = field.tag;
                self.value = field.value.bytes();
            }
            None => self.advance_unusual(),
        }
    }

    #[cold]
    fn advance_unusual(&mut self) {
        self.tag = 0;
        match self.fields.unusual() {
            Some(Ok(field)) => {
                self.tag = field.tag;
                self.value = field.value.bytes();
            }
            Some(Err(error)) => self.fault = Some(error),
            None => {}
        }
    }

    /// The tag of the next field; `None` at the end and before a malformed field.
    #[inline]
    fn tag(&self) -> Option<u32> {
        (self.tag != 0).then_some(self.tag)
    }

    /// Takes the next field, which has a tag.
    #[inline]
    fn take(&mut self) -> Field<'a> {
        let (tag, value) = (self.tag, Value::new(self.value));
        self.advance();
        Field { tag, value }
    }
}

impl Dictionary {
    /// Checks `message`: known type, known and allowed fields once each and in their place, values
    /// and their types, groups, required fields.
    ///
    /// Under FIXT 1.1 `ApplVerID` (1128) says whose message the body is; without one it is of FIX 5.0
    /// SP2.
    ///
    /// # Errors
    /// [`Rejected`] for the first fault.
    #[inline]
    pub fn validate(&'static self, message: &Message<'_>, rules: Rules) -> Result<(), Rejected> {
        self.validate_over(message, Some(self), rules)
    }

    /// Checks `message` as [`Self::validate`] does; a body that does not say its version is held
    /// against `default`, which the sender's Logon made so
    /// ([`Defaults::of`](super::Defaults::of)). `None` stands for a version without a dictionary.
    ///
    /// # Errors
    /// [`Rejected`] for the first fault.
    #[inline]
    pub fn validate_over(
        &'static self,
        message: &Message<'_>,
        default: Option<&'static Self>,
        rules: Rules,
    ) -> Result<(), Rejected> {
        let dictionary = self;
        Check { dictionary, rules }.message(message, default)
    }
}

impl Seen {
    const fn new() -> Self {
        Self([0; WORDS])
    }

    /// Adds a member; false when it was there.
    #[inline]
    fn add(&mut self, place: usize) -> bool {
        let (word, bit) = (&mut self.0[place / 64], 1 << (place % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Refuses a container whose required members are not all there.
    #[inline]
    fn require(&self, container: &Container) -> Result<(), Rejected> {
        for (number, (required, seen)) in container.required.iter().zip(self.0).enumerate() {
            let missing = required & !seen;
            if missing != 0 {
                let place = number * 64 + missing.trailing_zeros() as usize;
                return Err(RejectReason::RequiredTagMissing.of(container.members[place].tag));
            }
        }
        Ok(())
    }
}

impl RejectReason {
    pub(super) fn of(self, tag: impl Into<u32>) -> Rejected {
        Rejected {
            reason: self,
            tag: tag.into(),
        }
    }
}

impl Check {
    #[inline]
    fn message(
        &self,
        message: &Message<'_>,
        default: Option<&'static Dictionary>,
    ) -> Result<(), Rejected> {
        let (dictionary, definition) = self.dictionary.application(message, default)?;
        let application = Self {
            dictionary,
            rules: self.rules,
        };
        let header = self.dictionary.header();
        let body = dictionary.body(definition);
        let trailer = self.dictionary.trailer();
        let (mut in_header, mut in_body, mut in_trailer) = (Seen::new(), Seen::new(), Seen::new());
        let mut fields = Ahead::new(message.fields());
        self.section(&mut fields, header, &mut in_header)?;
        application.section(&mut fields, body, &mut in_body)?;
        self.section(&mut fields, trailer, &mut in_trailer)?;
        if let Some(tag) = fields.tag() {
            // A field of an earlier part, or of none.
            let is_known = header.place(tag).or(body.place(tag)).is_some();
            return Err(if is_known {
                RejectReason::TagOutOfOrder.of(tag)
            } else {
                application.stranger(tag)
            });
        }
        if let Some(error) = fields.fault {
            return Err(of_field_error(error));
        }
        in_header.require(header)?;
        in_body.require(body)?;
        in_trailer.require(trailer)?;
        if self.dictionary.is_transport() && definition.msg_type == "A" {
            return application::check_default(message);
        }
        Ok(())
    }

    /// Checks the fields up to the first that `container` does not have.
    #[inline]
    fn section(
        &self,
        fields: &mut Ahead<'_>,
        container: &Container,
        seen: &mut Seen,
    ) -> Result<(), Rejected> {
        while let Some(tag) = fields.tag() {
            let Some(place) = container.place(tag) else {
                if self.is_allowed_stranger(tag) {
                    fields.take();
                    continue;
                }
                break;
            };
            if !seen.add(place) {
                return Err(RejectReason::TagAppearsMoreThanOnce.of(tag));
            }
            self.member(fields, container.members[place], container)?;
        }
        Ok(())
    }

    /// Checks the next field, which is `member` of `parent`, and the group that it counts.
    #[inline]
    fn member(
        &self,
        fields: &mut Ahead<'_>,
        member: Member,
        parent: &Container,
    ) -> Result<(), Rejected> {
        let field = fields.take();
        check_value(self.dictionary.field_of(member), field)?;
        match self.dictionary.group(member) {
            Some(group) => self.group(fields, group, field, parent),
            None => Ok(()),
        }
    }

    /// Checks the entries of the group that `count` counts.
    fn group(
        &self,
        fields: &mut Ahead<'_>,
        group: &Container,
        count: Field<'_>,
        parent: &Container,
    ) -> Result<(), Rejected> {
        // The type was not checked where a dictionary calls a count a plain number.
        let wrong = RejectReason::IncorrectDataFormat.of(count.tag);
        let stated = count.value.count().map_err(|_| wrong)?;
        let first = u32::from(group.members[0].tag);
        let mut entries = 0;
        while let Some(tag) = fields.tag() {
            if tag == first {
                entries += 1;
                self.entry(fields, group, parent)?;
            } else if entries < stated && group.place(tag).is_some() {
                return Err(RejectReason::GroupFieldsOutOfOrder.of(tag));
            } else {
                break;
            }
        }
        if entries == stated {
            Ok(())
        } else {
            Err(RejectReason::IncorrectCount.of(count.tag))
        }
    }

    /// Checks one entry of `group`, whose first field comes next.
    fn entry(
        &self,
        fields: &mut Ahead<'_>,
        group: &Container,
        parent: &Container,
    ) -> Result<(), Rejected> {
        let mut seen = Seen::new();
        let mut last = 0;
        while let Some(tag) = fields.tag() {
            let Some(place) = group.place(tag) else {
                if self.is_allowed_stranger(tag) {
                    fields.take();
                    continue;
                }
                break;
            };
            if !seen.add(place) {
                // The next entry begins, or the field is of the message around the group.
                if place == 0 || parent.place(tag).is_some() {
                    break;
                }
                return Err(RejectReason::TagAppearsMoreThanOnce.of(tag));
            }
            if place < last && !self.rules.allows_any_group_order {
                return Err(RejectReason::GroupFieldsOutOfOrder.of(tag));
            }
            last = place;
            self.member(fields, group.members[place], group)?;
        }
        seen.require(group)
    }

    #[inline]
    fn is_allowed_stranger(&self, tag: u32) -> bool {
        self.rules.allows_user_defined
            && (matches!(tag, 5_000..=9_999) || tag >= 20_000)
            && self.dictionary.field(tag).is_none()
    }

    /// What is wrong with a tag that neither header nor body nor trailer has.
    #[cold]
    fn stranger(&self, tag: u32) -> Rejected {
        match self.dictionary.field(tag) {
            Some(_) => RejectReason::TagNotDefinedForMessageType.of(tag),
            None => RejectReason::InvalidTagNumber.of(tag),
        }
    }
}

fn of_field_error(error: FieldError) -> Rejected {
    match error {
        FieldError::NoTag { .. } => RejectReason::InvalidTagNumber.of(0_u32),
        FieldError::DataLength { tag, .. } => RejectReason::DelimiterInValue.of(tag),
    }
}

/// Checks that a value is there, written as its type is, and one of those that it may be.
#[inline]
fn check_value(definition: &FieldDef, field: Field<'_>) -> Result<(), Rejected> {
    let bytes = field.value.bytes();
    if bytes.is_empty() && definition.kind != FieldKind::Data {
        return Err(RejectReason::TagWithoutValue.of(field.tag));
    }
    if !format::fits(definition.kind, field.value) {
        return Err(RejectReason::IncorrectDataFormat.of(field.tag));
    }
    // The message type is known by now.
    let may_be_any = definition.values.is_empty() || field.tag == 35;
    if may_be_any || is_listed(definition, field.value) || is_agreed(field) {
        return Ok(());
    }
    Err(RejectReason::ValueIncorrect.of(field.tag))
}

/// Whether a value beyond the list is one that two sides may agree on: FIX 5.0 SP2 lets
/// `TradingSessionID` (336) and `TradingSessionSubID` (625) be any text that starts with a letter.
#[cold]
fn is_agreed(field: Field<'_>) -> bool {
    let first = field.value.bytes().first();
    matches!(field.tag, 336 | 625) && first.is_some_and(u8::is_ascii_alphabetic)
}

/// Whether each value of a field is one of those that it may be.
#[inline]
fn is_listed(definition: &FieldDef, value: Value<'_>) -> bool {
    let is_one = |value: &[u8]| {
        if let [character @ ..128] = value {
            return definition.singles >> character & 1 != 0;
        }
        let listed = |(known, _): &(&str, &str)| known.as_bytes().cmp(value);
        definition.values.binary_search_by(listed).is_ok()
    };
    match definition.kind {
        FieldKind::MultipleString | FieldKind::MultipleChar => {
            value.bytes().split(|byte| *byte == b' ').all(is_one)
        }
        _ => is_one(value.bytes()),
    }
}
