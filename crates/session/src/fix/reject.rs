//! What a refused message is answered with.

use wattbook_codec::fix::{Message, MessageWriter, RejectReason, Value};

use super::config::Version;

/// Why the session refuses a message that the dictionary lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault<'a> {
    /// A fault of the dictionary, and the tag as it was written.
    Dictionary(RejectReason, &'a [u8]),
    /// `SenderCompID` (49) or `TargetCompID` (56) is not that of the session.
    CompId,
    /// `SendingTime` (52) is too far from our clock, or `OrigSendingTime` (122) behind it.
    SendingTime,
    /// A value that the session cannot take, though the dictionary can.
    Value,
}

/// Why an application takes no part in a message: `BusinessRejectReason` (380).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum BusinessReason {
    /// None of the others; the text says which.
    Other = 0,
    /// An id that is not known.
    UnknownId = 1,
    /// An instrument that is not known.
    UnknownSecurity = 2,
    /// A type of message that it does not take.
    UnsupportedMessageType = 3,
    /// It is not there at the moment.
    ApplicationNotAvailable = 4,
    /// A field that this use of the message needs.
    ConditionallyRequiredFieldMissing = 5,
    /// More messages came than it takes; the standard has a number for it since FIX 5.0 SP2.
    Throttled = 8,
}

impl BusinessReason {
    /// The reason in words, for `Text` (58).
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Other => "Other",
            Self::UnknownId => "Unknown ID",
            Self::UnknownSecurity => "Unknown Security",
            Self::UnsupportedMessageType => "Unsupported Message Type",
            Self::ApplicationNotAvailable => "Application not available",
            Self::ConditionallyRequiredFieldMissing => "Conditionally Required Field Missing",
            Self::Throttled => "Throttle limit exceeded",
        }
    }
}

impl Fault<'_> {
    /// `SessionRejectReason` (373).
    pub(super) const fn code(self) -> i64 {
        match self {
            Self::Dictionary(reason, _) => reason as i64,
            Self::CompId => 9,
            Self::SendingTime => 10,
            Self::Value => RejectReason::ValueIncorrect as i64,
        }
    }

    /// The fault in words, for `Text` (58).
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Dictionary(reason, _) => reason_text(reason),
            Self::CompId => "CompID problem",
            Self::SendingTime => "SendingTime accuracy problem",
            Self::Value => reason_text(RejectReason::ValueIncorrect),
        }
    }

    /// `RefTagID` (371): the tag that is at fault, where there is one to name.
    fn tag(&self) -> Option<&[u8]> {
        match self {
            // The type itself is told by RefMsgType (372); what is no number is no tag.
            Self::Dictionary(RejectReason::InvalidMsgType, _) | Self::Dictionary(_, b"") => None,
            Self::Dictionary(_, tag) => Some(tag),
            _ => None,
        }
    }
}

/// The standard's words for a reason.
const fn reason_text(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::InvalidTagNumber => "Invalid tag number",
        RejectReason::RequiredTagMissing => "Required tag missing",
        RejectReason::TagNotDefinedForMessageType => "Tag not defined for this message type",
        RejectReason::TagWithoutValue => "Tag specified without a value",
        RejectReason::ValueIncorrect => "Value is incorrect (out of range) for this tag",
        RejectReason::IncorrectDataFormat => "Incorrect data format for value",
        RejectReason::InvalidMsgType => "Invalid MsgType",
        RejectReason::TagAppearsMoreThanOnce => "Tag appears more than once",
        RejectReason::TagOutOfOrder => "Tag specified out of required order",
        RejectReason::GroupFieldsOutOfOrder => "Repeating group fields out of order",
        RejectReason::IncorrectCount => "Incorrect NumInGroup count for repeating group",
        RejectReason::DelimiterInValue => {
            "Non \"data\" value includes field delimiter (SOH character)"
        }
        RejectReason::UnsupportedVersion => "Invalid/Unsupported Application Version",
        _ => "Other",
    }
}

/// Writes the body of a Reject (35=3) for `message`.
///
/// FIX 4.2 knows the reasons up to 11 only, and says no other.
pub(super) fn write_reject(
    version: Version,
    message: &Message<'_>,
    fault: Fault<'_>,
    body: &mut MessageWriter<'_>,
) {
    refer(message, body);
    body.text(58, fault.text());
    if let Some(tag) = fault.tag() {
        body.bytes(371, tag);
    }
    if !message.msg_type().is_empty() {
        body.bytes(372, message.msg_type());
    }
    if version != Version::Fix42 || fault.code() <= RejectReason::InvalidMsgType as i64 {
        body.int(373, fault.code());
    }
}

/// Writes the body of a Business Message Reject (35=j) for `message`.
pub(super) fn write_business_reject(
    version: Version,
    message: &Message<'_>,
    reason: BusinessReason,
    body: &mut MessageWriter<'_>,
) {
    refer(message, body);
    body.text(58, reason.text());
    body.bytes(372, message.msg_type());
    let is_known = version == Version::Fix50Sp2 || reason != BusinessReason::Throttled;
    let told = if is_known {
        reason
    } else {
        BusinessReason::Other
    };
    body.int(380, told as i64);
}

/// Writes `RefSeqNum` (45): the number of `message`.
fn refer(message: &Message<'_>, body: &mut MessageWriter<'_>) {
    let sequence = message.get(34).map(Value::bytes);
    if let Some(sequence) = sequence.filter(|sequence| !sequence.is_empty()) {
        body.bytes(45, sequence);
    }
}

/// Fields that name a party behind the sender, and what they become in an answer.
const ROUTES: [(u32, u32); 6] = [
    (128, 115),
    (129, 116),
    (115, 128),
    (116, 129),
    (145, 144),
    (144, 145),
];

/// The header of an answer to `message`: who it was on behalf of becomes who it is delivered to, and
/// the other way round; an empty field is left out. Rising by tag.
pub(super) fn reverse_route<'a>(message: &Message<'a>) -> Vec<(u32, &'a [u8])> {
    let mut header: Vec<_> = ROUTES
        .iter()
        .filter_map(|(from, to)| Some((*to, message.get(*from)?.bytes())))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    header.sort_unstable_by_key(|(tag, _)| *tag);
    header
}
