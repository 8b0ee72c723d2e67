//! The stream of answers, followed from where it was left.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use wattbook_session::adapter::Heard;
use wattbook_session::fix::orders::{QuoteUpdate, Streamed};
use wattbook_session::websocket::{ClientHandshake, Message, Role, Socket};

use super::{
    AGAIN, MESSAGE_BYTES_MAX, PATIENCE, Quotes, RestOrdersConfig, Told, connect, is_timeout,
    locked, pause,
};
use crate::wall_clock;

/// After so long without a message the stream is asked whether it is there; after twice as long it is
/// gone.
const SILENCE: Duration = Duration::from_secs(10);

/// Follows the stream of one venue.
pub(super) struct Follower {
    pub(super) config: RestOrdersConfig,
    /// The last answer that was told; none before the stream is known to begin somewhere.
    pub(super) last: Option<u64>,
    /// Answers up to this one may have been told to an earlier process; none before it is known.
    pub(super) repeats_to: Option<u64>,
    pub(super) tell: Sender<Told>,
    pub(super) quotes: Quotes,
    /// Whose prices were told over this connection.
    pub(super) symbols: Vec<String>,
    pub(super) is_over: Arc<AtomicBool>,
}

impl Follower {
    /// Follows the stream, from where it left off whenever it breaks, until it is over.
    pub(super) fn run(mut self) {
        let mut wait = AGAIN.0;
        while !self.is_over() {
            let before = Instant::now();
            let ended = self.follow();
            self.forget_quotes();
            let Err(error) = ended else {
                return;
            };
            self.tell(None, Heard::Down(error.to_string()));
            if before.elapsed() > PATIENCE {
                wait = AGAIN.0;
            }
            pause(wait, &self.is_over);
            wait = (wait * 2).min(AGAIN.1);
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn tell(&self, number: Option<u64>, heard: Heard) {
        // It fails only once the link is gone.
        let _gone = self.tell.send(Told::Heard(number, heard));
    }

    /// Prices from before a break are worth nothing.
    fn forget_quotes(&mut self) {
        let mut quotes = locked(&self.quotes);
        for symbol in self.symbols.drain(..) {
            let nothing = QuoteUpdate {
                symbol: symbol.clone(),
                ..QuoteUpdate::default()
            };
            quotes.insert(symbol, nothing);
        }
    }

    /// Follows the stream until it breaks; returns when it is over.
    fn follow(&mut self) -> io::Result<()> {
        let mut stream = connect(&self.config)?;
        let nonce = wall_clock().nanos().to_le_bytes();
        let nonce = [nonce, nonce].concat().try_into().unwrap_or_default();
        let headers = vec![("X-Key".to_owned(), self.config.key.clone())];
        let path = match self.last {
            Some(last) => format!("/own?after={last}"),
            None => "/own".to_owned(),
        };
        let host = self.config.address.to_string();
        let (mut handshake, bytes) =
            ClientHandshake::new(&host, &path, &headers, nonce).map_err(io::Error::other)?;
        stream.write_all(&bytes)?;
        let mut socket: Option<Socket> = None;
        // Where the connection is told to begin; it is up once everything up to there was told.
        let mut begun = None;
        let (mut room, mut heard_at, mut asked) = ([0; 16_384], Instant::now(), false);
        while !self.is_over() {
            let count = match stream.read(&mut room) {
                Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
                Ok(count) => count,
                Err(error) if is_timeout(&error) => 0,
                Err(error) => return Err(error),
            };
            if count > 0 {
                (heard_at, asked) = (Instant::now(), false);
            } else if heard_at.elapsed() > 2 * SILENCE {
                return Err(ErrorKind::TimedOut.into());
            }
            let bytes = &room[..count];
            match &mut socket {
                Some(socket) => socket.receive(bytes).map_err(io::Error::other)?,
                None => {
                    if let Some(rest) = handshake.receive(bytes).map_err(io::Error::other)? {
                        let seed = u64::from_le_bytes(wall_clock().nanos().to_le_bytes());
                        let mut opened = Socket::new(Role::Client, MESSAGE_BYTES_MAX, seed);
                        opened.receive(&rest).map_err(io::Error::other)?;
                        socket = Some(opened);
                    }
                }
            }
            if let Some(socket) = &mut socket {
                if heard_at.elapsed() > SILENCE && !std::mem::replace(&mut asked, true) {
                    socket.send(&Message::Ping(Vec::new()));
                }
                while let Some(message) = socket.message() {
                    self.take(&message, &mut begun)?;
                }
                if let Some(out) = socket.take_output() {
                    stream.write_all(&out)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a message of the stream. A number that is left out ends the connection: the next one asks
    /// for what is missing.
    fn take(&mut self, message: &Message, begun: &mut Option<u64>) -> io::Result<()> {
        let text = match message {
            Message::Text(text) => text,
            Message::Close(_, reason) => {
                return Err(io::Error::other(format!("closed by the venue: {reason}")));
            }
            _ => return Ok(()),
        };
        match Streamed::from_json(text.as_bytes()) {
            Ok(Streamed::Begun { last }) => {
                *begun = Some(last);
                self.begin(last)
            }
            Ok(Streamed::Quote(quote)) => {
                if !self.symbols.contains(&quote.symbol) {
                    self.symbols.push(quote.symbol.clone());
                }
                locked(&self.quotes).insert(quote.symbol.clone(), quote);
                Ok(())
            }
            Ok(Streamed::Answer(sequence, answer)) => {
                let repeats = self.repeats_to.is_some_and(|last| sequence <= last);
                self.hand_on(sequence, Heard::Answer { answer, repeats }, *begun)
            }
            Err(fault) => {
                let heard = Heard::Unreadable {
                    reason: fault.to_string(),
                    message: text.clone(),
                };
                if let Some(sequence) = Streamed::sequence(text.as_bytes()) {
                    return self.hand_on(sequence, heard, *begun);
                }
                self.tell(None, heard);
                Ok(())
            }
        }
    }

    /// The stream has `count` answers now.
    fn begin(&mut self, count: u64) -> io::Result<()> {
        let last = *self.last.get_or_insert(count);
        if count < last {
            let fewer = format!(
                "the venue's stream has {count} answers, {last} were taken: it knows nothing of this run's \
                 orders; begin another run"
            );
            return Err(io::Error::other(fewer));
        }
        self.repeats_to.get_or_insert(count);
        let _gone = self.tell.send(Told::Begun(count));
        if count == last {
            self.tell(None, Heard::Up);
        }
        Ok(())
    }

    fn hand_on(&mut self, sequence: u64, heard: Heard, begun: Option<u64>) -> io::Result<()> {
        let Some((last, begun)) = self.last.zip(begun) else {
            return Err(io::Error::other(
                "an answer came before the stream had begun",
            ));
        };
        if sequence <= last {
            return Ok(());
        }
        if sequence > last + 1 {
            let missing = format!("answer {} is missing: {sequence} came", last + 1);
            return Err(io::Error::other(missing));
        }
        self.last = Some(sequence);
        self.tell(Some(sequence), heard);
        if sequence == begun {
            self.tell(None, Heard::Up);
        }
        Ok(())
    }
}
