//! Feed handlers on a thread of their own: events come out as columns.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use numpy::IntoPyArray;
use pyo3::prelude::*;
use wattbook_codec::sbe::Schema;
use wattbook_feed::io::{
    FeedService, FeedView, LiveFeed, Recorder, Recovery, Source, Stamping, UdpConfig, UdpReceiver,
};
use wattbook_feed::{
    AllReader, ArbiterConfig, CaptureConfig, CaptureReader, CaptureWriter, DbnDecoder, Decoder,
    FeedError, FeedEvent, FixBook, FixDecoder, Handler, HandlerLimits, ItchDecoder, Overflow,
    PacketFormat, Publisher, RetryRule, SbeDecoder, Start, Statistics,
};
use wattbook_journal::FileStorage;

/// Python's errors; Rust's of the same name is another.
mod errors {
    pyo3::import_exception!(wattbook.errors, FeedError);
    pyo3::import_exception!(wattbook.errors, InputError);
}

fn failed(error: &FeedError) -> PyErr {
    errors::FeedError::new_err(error.to_string())
}

fn refused(message: impl ToString) -> PyErr {
    errors::InputError::new_err(message.to_string())
}

/// Counts by name.
type Counts = BTreeMap<&'static str, u64>;
/// (address, port, group, interface).
type PyLine = (String, u16, Option<String>, String);
/// (sequence, line, time of reception, reason, first bytes).
type PyQuarantined = (u64, u8, i64, String, Vec<u8>);
/// Counts, those of each line, and what was set aside.
type PyView = (Counts, Vec<Counts>, Vec<PyQuarantined>);
/// Columns by name.
type Columns<'py> = BTreeMap<&'static str, Bound<'py, PyAny>>;

/// What a handler is made of; see `wattbook.ingest.feed`.
#[derive(FromPyObject)]
pub(crate) struct Settings {
    format: String,
    decoder: String,
    schema: String,
    start: Option<u64>,
    from_snapshot: bool,
    gap_wait_ns: i64,
    retransmission_attempts: u32,
    retransmission_timeout_ns: i64,
    snapshot_attempts: u32,
    snapshot_timeout_ns: i64,
    packets_pending_max: usize,
    packet_bytes_max: usize,
    instruments_max: usize,
    midnight_ns: i64,
    ring_events: usize,
    spill_directory: Option<PathBuf>,
    spill_bytes_max: u64,
    hardware_stamps: bool,
}

impl Settings {
    fn format(&self) -> PyResult<PacketFormat> {
        let found = PacketFormat::of_name(&self.format);
        found.ok_or_else(|| refused(format!("format {:?} is unknown", self.format)))
    }

    fn decoder(&self) -> PyResult<Decoder> {
        let symbols = self.instruments_max;
        Ok(match self.decoder.as_str() {
            "dbn" => Decoder::Dbn(DbnDecoder),
            "itch" => {
                let decoder = ItchDecoder::new(self.midnight_ns).map_err(refused)?;
                Decoder::Itch(Box::new(decoder))
            }
            "fix-levels" => Decoder::Fix(Box::new(FixDecoder::new(FixBook::Levels, symbols))),
            "fix-orders" => Decoder::Fix(Box::new(FixDecoder::new(FixBook::Orders, symbols))),
            "sbe" => {
                let schema = Schema::from_xml(&self.schema, |_| None).map_err(refused)?;
                Decoder::Sbe(Box::new(SbeDecoder::new(schema)))
            }
            other => return Err(refused(format!("decoder {other:?} is unknown"))),
        })
    }

    fn arbiter(&self) -> PyResult<ArbiterConfig> {
        let rule = |attempts: u32, timeout_ns| {
            (attempts > 0).then_some(RetryRule {
                attempts,
                timeout_ns,
            })
        };
        Ok(ArbiterConfig {
            start: match self.start {
                _ if self.from_snapshot => Start::Snapshot,
                Some(sequence) => Start::At(sequence),
                None => Start::Here,
            },
            gap_wait_ns: self.gap_wait_ns,
            retransmission: rule(self.retransmission_attempts, self.retransmission_timeout_ns),
            snapshot: rule(self.snapshot_attempts, self.snapshot_timeout_ns),
            packets_pending_max: self.packets_pending_max,
            packet_bytes_max: self.packet_bytes_max,
            ..ArbiterConfig::new(self.format()?)
        })
    }

    fn handler(&self) -> PyResult<(Handler, AllReader)> {
        let mut publisher = Publisher::new();
        let overflow = match &self.spill_directory {
            None => Overflow::Backpressure,
            Some(directory) => Overflow::Spill {
                directory: directory.clone(),
                bytes_max: self.spill_bytes_max,
            },
        };
        let reader = publisher.all("python", self.ring_events, overflow);
        let reader = reader.map_err(|error| failed(&error))?;
        let limits = HandlerLimits {
            instruments_max: self.instruments_max,
            ..HandlerLimits::default()
        };
        let handler = Handler::new(self.arbiter()?, self.decoder()?, publisher, limits);
        Ok((handler, reader))
    }

    fn receivers(&self, lines: &[PyLine]) -> PyResult<Vec<UdpReceiver>> {
        let stamping = if self.hardware_stamps {
            Stamping::Hardware
        } else {
            Stamping::Kernel
        };
        receivers(lines, stamping, self.packet_bytes_max)
    }
}

fn receivers(
    lines: &[PyLine],
    stamping: Stamping,
    packet_bytes_max: usize,
) -> PyResult<Vec<UdpReceiver>> {
    let open = |(address, port, group, interface): &PyLine| {
        let receiver = UdpReceiver::open(&UdpConfig {
            group: group.as_deref().map(ipv4).transpose()?,
            interface: ipv4(interface)?,
            stamping,
            packet_bytes_max,
            ..UdpConfig::new(SocketAddrV4::new(ipv4(address)?, *port))
        });
        receiver.map_err(|error| failed(&error))
    };
    lines.iter().map(open).collect()
}

fn ipv4(text: &str) -> PyResult<Ipv4Addr> {
    let parsed = text.parse();
    parsed.map_err(|_| refused(format!("{text:?} is no IPv4 address such as 127.0.0.1")))
}

fn ports(receivers: &[UdpReceiver]) -> PyResult<Vec<u16>> {
    let port = |receiver: &UdpReceiver| receiver.address().map(|address| address.port());
    let ports = receivers.iter().map(port).collect::<Result<Vec<_>, _>>();
    ports.map_err(|error| failed(&error))
}

fn capture_writer(
    path: &Path,
    format: PacketFormat,
    zstd_level: Option<i32>,
) -> PyResult<CaptureWriter> {
    let config = CaptureConfig {
        zstd_level,
        ..CaptureConfig::default()
    };
    CaptureWriter::create(path, format, config).map_err(|error| failed(&error))
}

/// A feed on a thread of its own.
#[pyclass(frozen, module = "wattbook.ingest.feed")]
pub(crate) struct FeedThread {
    service: FeedService,
    ports: Vec<u16>,
}

#[pymethods]
impl FeedThread {
    /// Listens on `lines`, A first, and asks `recovery` over TCP for what is missing.
    #[staticmethod]
    fn live(
        py: Python<'_>,
        settings: Settings,
        lines: Vec<PyLine>,
        recovery: Option<(String, u16)>,
        capture: Option<PathBuf>,
        zstd_level: Option<i32>,
    ) -> PyResult<Self> {
        let (handler, reader) = settings.handler()?;
        let receivers = settings.receivers(&lines)?;
        let ports = ports(&receivers)?;
        let sources = receivers.into_iter().map(Source::Udp).collect();
        let mut feed = LiveFeed::new(handler, sources);
        if let Some((address, port)) = recovery {
            let address = SocketAddr::from((ipv4(&address)?, port));
            let recovery = Recovery::over_tcp(address).map_err(|error| failed(&error))?;
            feed = feed.with_recovery(recovery);
        }
        if let Some(path) = capture {
            let format = settings.format()?;
            feed = feed.with_capture(py.detach(|| capture_writer(&path, format, zstd_level))?);
        }
        let service = FeedService::live(feed, reader).map_err(|error| failed(&error))?;
        Ok(Self { service, ports })
    }

    /// Replays the capture in the folder `path`, `factor` times as fast as recorded, or as fast as can be
    /// for 0.
    #[staticmethod]
    fn replay(settings: Settings, path: PathBuf, factor: f64) -> PyResult<Self> {
        let (handler, reader) = settings.handler()?;
        let service = FeedService::replay(&path, handler, reader, factor);
        Ok(Self {
            service: service.map_err(|error| failed(&error))?,
            ports: Vec::new(),
        })
    }

    /// The ports that it listens on.
    #[getter]
    fn ports(&self) -> Vec<u16> {
        self.ports.clone()
    }

    /// Up to `most` events as columns.
    fn take<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Columns<'py>> {
        let taken = py.detach(|| {
            let mut events = Vec::new();
            self.service.take(&mut events, most).map(|_| events)
        });
        Ok(columns(py, &taken.map_err(|error| failed(&error))?))
    }

    /// What was counted, a moment ago.
    fn view(&self) -> PyView {
        view(&self.service.view())
    }

    /// Whether the thread has ended.
    fn is_done(&self) -> bool {
        self.service.is_done()
    }

    /// Ends the thread.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.service.stop())
            .map_err(|error| failed(&error))
    }
}

fn columns<'py>(py: Python<'py>, events: &[FeedEvent]) -> Columns<'py> {
    macro_rules! column {
        ($($name:literal: $value:expr,)*) => {
            [$(($name, events.iter().map($value).collect::<Vec<_>>().into_pyarray(py).into_any()),)*]
        };
    }
    BTreeMap::from(column! {
        "sequence": |event| event.sequence,
        "generation": |event| event.generation,
        "ts_event": |event| event.ts_event,
        "ts_recv": |event| event.ts_recv,
        "instrument": |event| event.instrument.0,
        "kind": |event| event.kind as u8,
        "side": |event| event.side.map_or(0, |side| side as u8),
        "venue_order": |event| event.venue_order,
        "price": |event| event.price.millionths(),
        "volume": |event| event.volume.millionths(),
        "orders": |event| event.orders,
    })
}

fn view(view: &FeedView) -> PyView {
    let of: &Statistics = &view.statistics;
    let counts = BTreeMap::from([
        ("messages", of.messages),
        ("units", of.units),
        ("gaps", of.gaps),
        ("units_waited_for", of.units_waited_for),
        ("units_recovered", of.units_recovered),
        ("units_lost", of.units_lost),
        ("requests", of.requests),
        ("snapshot_requests", of.snapshot_requests),
        ("snapshots", of.snapshots),
        ("snapshots_refused", of.snapshots_refused),
        ("units_in_snapshots", of.units_in_snapshots),
        ("sessions", of.sessions),
        ("overflows", of.overflows),
        ("pending_max", of.pending_max),
        ("gap_ns_max", of.gap_ns_max.max(0) as u64),
        ("events", view.events),
        ("hash", view.hash),
        ("quarantined", view.quarantined_count),
        ("waiting", view.consumer.waiting),
        ("spilled", view.consumer.spilled),
        ("blocked", view.consumer.blocked),
        ("kernel_drops", view.kernel_drops),
        ("instruments", view.instruments),
        ("anomalies", view.anomalies),
        ("crossed", view.crossed),
        ("next_sequence", view.next_sequence),
        ("is_live", u64::from(view.is_live)),
        ("is_trusted", u64::from(view.is_trusted)),
    ]);
    let lines = of.lines.iter().map(|line| {
        BTreeMap::from([
            ("packets", line.packets),
            ("bytes", line.bytes),
            ("first", line.first),
            ("duplicates", line.duplicates),
            ("malformed", line.malformed),
            ("heartbeats", line.heartbeats),
            ("stale", line.stale),
            ("implausible", line.implausible),
        ])
    });
    let quarantined = view.quarantined.iter().map(|part| {
        let (reason, bytes) = (part.reason.clone(), part.bytes.clone());
        (part.sequence, part.line.0, part.ts_recv, reason, bytes)
    });
    (counts, lines.collect(), quarantined.collect())
}

/// Keeps the packets of lines without looking into them.
#[pyclass(frozen, module = "wattbook.ingest.feed")]
pub(crate) struct FeedRecorder {
    recorder: Mutex<Option<Recorder>>,
    ports: Vec<u16>,
}

#[pymethods]
impl FeedRecorder {
    /// Listens on `lines` and writes into the folder `path`.
    #[new]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        format: &str,
        lines: Vec<PyLine>,
        zstd_level: Option<i32>,
        packet_bytes_max: usize,
    ) -> PyResult<Self> {
        let found = PacketFormat::of_name(format);
        let format = found.ok_or_else(|| refused(format!("format {format:?} is unknown")))?;
        let receivers = receivers(&lines, Stamping::Kernel, packet_bytes_max)?;
        let ports = ports(&receivers)?;
        let capture = py.detach(|| capture_writer(&path, format, zstd_level))?;
        let sources = receivers.into_iter().map(Source::Udp).collect();
        Ok(Self {
            recorder: Mutex::new(Some(Recorder::new(sources, capture))),
            ports,
        })
    }

    /// The ports that it listens on.
    #[getter]
    fn ports(&self) -> Vec<u16> {
        self.ports.clone()
    }

    /// Takes what is there, waiting at most so many ms; how many packets.
    fn turn(&self, py: Python<'_>, milliseconds: u64) -> PyResult<usize> {
        let turned = py.detach(|| {
            let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
            let time = Duration::from_millis(milliseconds);
            recorder
                .as_mut()
                .map_or(Ok(0), |recorder| recorder.turn(time))
        });
        turned.map_err(|error| failed(&error))
    }

    /// Writes what waits and seals the capture; packets kept, and those that the kernel dropped.
    fn close(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        let closed = py.detach(|| {
            let mut recorder = self.recorder.lock().unwrap_or_else(PoisonError::into_inner);
            recorder.take().map_or(Ok((0, 0)), |recorder| {
                let drops = recorder.kernel_drops();
                recorder.close().map(|entries| (entries, drops))
            })
        });
        closed.map_err(|error| failed(&error))
    }
}

/// What the capture in the folder `path` holds: format, entries, bytes, first and last time of
/// reception, ns UTC.
#[pyfunction]
pub(crate) fn feed_capture_summary(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<(&'static str, u64, u64, i64, i64)> {
    let summary = py.detach(|| {
        let storage = FileStorage::readable(&path).map_err(|source| FeedError::Io {
            action: "read",
            place: path.display().to_string(),
            source,
        })?;
        let mut reader = CaptureReader::open(&storage)?;
        let (mut entries, mut bytes, mut first, mut last) = (0, 0, i64::MAX, i64::MIN);
        reader.visit(|entry| {
            entries += 1;
            bytes += entry.bytes.len() as u64;
            first = first.min(entry.ts_recv);
            last = last.max(entry.ts_recv);
            Ok(())
        })?;
        let name = reader.format().name();
        let (first, last) = if entries == 0 { (0, 0) } else { (first, last) };
        Ok((name, entries, bytes, first, last))
    });
    summary.map_err(|error: FeedError| failed(&error))
}
