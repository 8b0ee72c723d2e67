//! Which version's application messages a frame of FIXT 1.1 carries.

use std::collections::{BTreeMap, HashMap};

use super::dictionary::{Dictionary, MessageDef};
use super::message::Message;
use super::validate::{RejectReason, Rejected};
use super::value::Value;

const SENDER: u32 = 49;
const TARGET: u32 = 56;
const APPL_VER_ID: u32 = 1128;
const DEFAULT_APPL_VER_ID: u32 = 1137;
const MSG_TYPES: u32 = 384;
const REF_MSG_TYPE: u32 = 372;
const MSG_DIRECTION: u32 = 385;
const REF_APPL_VER_ID: u32 = 1130;
const DEFAULT_VER_INDICATOR: u32 = 1410;

/// Whose messages the bodies of one sender are that do not say so by `ApplVerID` (1128).
///
/// A Logon of FIXT 1.1 says it by `DefaultApplVerID` (1137), and for single types by the entries of
/// `NoMsgTypes` (384) that it makes the default: `DefaultVerIndicator` (1410) is `Y`, `RefMsgType`
/// (372) is the type and `RefApplVerID` (1130) the version. Entries are written from the point of
/// view of the Logon's sender, so those that it only receives (`MsgDirection` (385) is `R`) say
/// nothing of what it sends.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// `None` for a version without a dictionary.
    every: Option<&'static Dictionary>,
    by_type: BTreeMap<Box<[u8]>, Option<&'static Dictionary>>,
}

/// What each Logon said of the messages that its sender sends to its target: by `SenderCompID` (49)
/// and `TargetCompID` (56).
#[derive(Debug, Default)]
pub(super) struct Logons(HashMap<Box<[u8]>, Targets>);

/// By `TargetCompID` (56).
type Targets = HashMap<Box<[u8]>, Defaults>;

impl Dictionary {
    /// The dictionary of the version that `ApplVerID` (1128) calls `id`: 4, 6 or 9.
    #[must_use]
    pub fn of_appl_ver_id(id: &[u8]) -> Option<&'static Self> {
        match id {
            b"4" => Some(Self::fix42()),
            b"6" => Some(Self::fix44()),
            b"9" => Some(Self::fix50sp2()),
            _ => None,
        }
    }

    /// Whether it is of FIXT 1.1, whose frames say which version their body is of.
    pub(super) fn is_transport(&self) -> bool {
        std::ptr::eq(self, Self::fix50sp2())
    }

    /// The dictionary of the body of `message` and the type that it calls it.
    ///
    /// That is `self` for messages of the session and before FIXT 1.1; else the one of `ApplVerID`
    /// (1128), or `default` where the header has none.
    #[inline]
    pub(super) fn application(
        &'static self,
        message: &Message<'_>,
        default: Option<&'static Self>,
    ) -> Result<(&'static Self, &'static MessageDef), Rejected> {
        let own = self.message(message.msg_type());
        let (dictionary, definition) = match own {
            Some(definition) if definition.is_admin => (self, own),
            _ if self.is_transport() => {
                let application = body_dictionary(message, default)?;
                let found = application.message(message.msg_type());
                (application, found.filter(|found| !found.is_admin))
            }
            _ => (self, own),
        };
        let definition = definition.ok_or_else(|| RejectReason::InvalidMsgType.of(35_u32))?;
        Ok((dictionary, definition))
    }
}

impl Defaults {
    /// What `logon` says; FIX 5.0 SP2 where it says nothing.
    #[must_use]
    pub fn of_logon(logon: &Message<'_>) -> Self {
        let every = logon.get(DEFAULT_APPL_VER_ID);
        let by_type = type_defaults(logon)
            .map(|(msg_type, id)| (msg_type.into(), Dictionary::of_appl_ver_id(id)));
        Self {
            every: every.map_or(Some(Dictionary::fix50sp2()), |id| {
                Dictionary::of_appl_ver_id(id.bytes())
            }),
            by_type: by_type.collect(),
        }
    }

    /// The dictionary of messages of `msg_type` (35); `None` for a version without one.
    #[must_use]
    pub fn of(&self, msg_type: &[u8]) -> Option<&'static Dictionary> {
        self.by_type.get(msg_type).copied().unwrap_or(self.every)
    }
}

/// Type and version of each entry of `logon` that is the default of a type that its sender sends.
fn type_defaults<'a>(logon: &Message<'a>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let entries = logon.group(Dictionary::fix50sp2(), MSG_TYPES);
    entries.into_iter().flatten().filter_map(|entry| {
        let is = |tag, word: &[u8]| entry.get(tag).is_some_and(|value| value.bytes() == word);
        if !is(DEFAULT_VER_INDICATOR, b"Y") || is(MSG_DIRECTION, b"R") {
            return None;
        }
        let (msg_type, id) = (entry.get(REF_MSG_TYPE)?, entry.get(REF_APPL_VER_ID)?);
        Some((msg_type.bytes(), id.bytes()))
    })
}

impl Logons {
    /// The dictionary of messages without `ApplVerID` (1128) from the sender of `message` to its
    /// target, which `message` itself may say as a Logon; FIX 5.0 SP2 where no Logon came.
    pub(super) fn default_of(&mut self, message: &Message<'_>) -> Option<&'static Dictionary> {
        let is_logon = message.msg_type() == b"A";
        let latest = Some(Dictionary::fix50sp2());
        if self.0.is_empty() && !is_logon {
            return latest;
        }
        let text = |tag| message.get(tag).map_or(&b""[..], Value::bytes);
        let (sender, target) = (text(SENDER), text(TARGET));
        if is_logon && message.get(DEFAULT_APPL_VER_ID).is_some() {
            let targets = self.0.entry(sender.into()).or_default();
            targets.insert(target.into(), Defaults::of_logon(message));
        }
        let targets = self.0.get(sender);
        let said = targets.and_then(|targets| targets.get(target));
        said.map_or(latest, |said| said.of(message.msg_type()))
    }
}

/// Refuses a Logon that makes a version without a dictionary the default, of all it sends or of a
/// type.
pub(super) fn check_default(message: &Message<'_>) -> Result<(), Rejected> {
    match message.get(DEFAULT_APPL_VER_ID) {
        Some(id) if Dictionary::of_appl_ver_id(id.bytes()).is_none() => {
            Err(RejectReason::UnsupportedVersion.of(DEFAULT_APPL_VER_ID))
        }
        _ if type_defaults(message).any(|(_, id)| Dictionary::of_appl_ver_id(id).is_none()) => {
            Err(RejectReason::UnsupportedVersion.of(REF_APPL_VER_ID))
        }
        _ => Ok(()),
    }
}

/// The dictionary that the header of `message` asks for, or else `default`.
fn body_dictionary(
    message: &Message<'_>,
    default: Option<&'static Dictionary>,
) -> Result<&'static Dictionary, Rejected> {
    let transport = Dictionary::fix50sp2();
    // The field stands fourth; a user-defined one before it does not end the header.
    let mut header = message.fields().map_while(Result::ok).take_while(|field| {
        transport.header().place(field.tag).is_some() || transport.field(field.tag).is_none()
    });
    let stated = header.find(|field| field.tag == APPL_VER_ID);
    match stated.map(|field| field.value.bytes()) {
        // An empty one is refused as such.
        None | Some([]) => {
            default.ok_or_else(|| RejectReason::UnsupportedVersion.of(DEFAULT_APPL_VER_ID))
        }
        Some(id) => Dictionary::of_appl_ver_id(id)
            .ok_or_else(|| RejectReason::UnsupportedVersion.of(APPL_VER_ID)),
    }
}
