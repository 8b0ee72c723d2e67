//! Datagrams of one line, unicast or multicast, stamped as early as the machine can.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};

use super::clock::now_ns;
use super::socket::{self, Batch};
use crate::error::FeedError;

/// Packets that one call to the kernel brings at most.
const BATCH: usize = 64;

/// Who stamps the time of reception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamping {
    /// This program, once for a batch.
    None,
    /// The kernel.
    #[default]
    Kernel,
    /// The network card where it does, else the kernel. Its clock is to be kept on UTC by the machine.
    Hardware,
}

/// A line of datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UdpConfig {
    /// Address and port to listen on; of a group, its port and any address.
    pub address: SocketAddrV4,
    /// The group to join.
    pub group: Option<Ipv4Addr>,
    /// The interface to join on, by its address; unspecified for the system's choice.
    pub interface: Ipv4Addr,
    /// The kernel's buffer, bytes; it may give less, never silently more loss: see the drops.
    pub buffer_bytes: usize,
    /// Who stamps.
    pub stamping: Stamping,
    /// Longest packet, bytes. Longer ones come cut, so that the arbiter refuses them.
    pub packet_bytes_max: usize,
}

impl UdpConfig {
    /// Unicast at `address`, stamped by the kernel, packets that fit an Ethernet frame, 8 MiB.
    #[must_use]
    pub const fn new(address: SocketAddrV4) -> Self {
        Self {
            address,
            group: None,
            interface: Ipv4Addr::UNSPECIFIED,
            buffer_bytes: 8 << 20,
            stamping: Stamping::Kernel,
            packet_bytes_max: 1_500,
        }
    }
}

/// A packet as received.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Time of reception, ns UTC: by network card, kernel or this program, the first that tells.
    pub ts_recv: i64,
}

/// Receives the datagrams of one line.
pub struct UdpReceiver {
    socket: UdpSocket,
    batch: Batch,
    stamping: Stamping,
    drops: u32,
    kernel_stamps: u64,
    hardware_stamps: u64,
}

impl UdpReceiver {
    /// Opens the socket, joins the group and asks for stamps.
    ///
    /// # Errors
    /// [`FeedError::Io`] when the address is taken, the group cannot be joined or stamps are refused.
    pub fn open(config: &UdpConfig) -> Result<Self, FeedError> {
        let place = config.address;
        let failed = |action| FeedError::io(action, &place);
        // Bound to the group, so that other groups on the port do not come in.
        let bound = config.group.map_or(config.address, |group| {
            SocketAddrV4::new(group, config.address.port())
        });
        let socket = socket::bind(bound, config.group.is_some()).map_err(failed("listen on"))?;
        if let Some(group) = config.group {
            socket
                .join_multicast_v4(&group, &config.interface)
                .map_err(FeedError::io("join", &group))?;
        }
        let set = |option, value| {
            socket::set_option(&socket, libc::SOL_SOCKET, option, value)
                .map_err(failed("set an option of"))
        };
        let bytes = config.buffer_bytes.min(libc::c_int::MAX as usize / 2);
        set(libc::SO_RCVBUF, bytes as libc::c_int)?;
        set(libc::SO_RXQ_OVFL, 1)?;
        match config.stamping {
            Stamping::None => {}
            Stamping::Kernel => set(libc::SO_TIMESTAMPNS, 1)?,
            Stamping::Hardware => {
                let wanted = libc::SOF_TIMESTAMPING_RX_HARDWARE
                    | libc::SOF_TIMESTAMPING_RAW_HARDWARE
                    | libc::SOF_TIMESTAMPING_RX_SOFTWARE
                    | libc::SOF_TIMESTAMPING_SOFTWARE;
                set(libc::SO_TIMESTAMPING, wanted as libc::c_int)?;
            }
        }
        Ok(Self {
            socket,
            // One byte more shows a packet that is too long.
            batch: Batch::new(BATCH, config.packet_bytes_max + 1),
            stamping: config.stamping,
            drops: 0,
            kernel_stamps: 0,
            hardware_stamps: 0,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`FeedError::Io`].
    pub fn address(&self) -> Result<SocketAddr, FeedError> {
        let address = self.socket.local_addr();
        address.map_err(FeedError::io("ask for the address of", &"a socket"))
    }

    /// Sends `bytes` to `address` from this socket, as a request does.
    ///
    /// # Errors
    /// [`FeedError::Io`].
    pub fn send(&self, bytes: &[u8], address: SocketAddr) -> Result<(), FeedError> {
        let sent = self.socket.send_to(bytes, address);
        sent.map(drop).map_err(FeedError::io("send to", &address))
    }

    /// Hands what is there, up to 64 packets, to `visit` in turn, without waiting; how many.
    ///
    /// # Errors
    /// [`FeedError::Io`].
    #[inline]
    pub fn receive(&mut self, mut visit: impl FnMut(Received<'_>)) -> Result<usize, FeedError> {
        let count = self.batch.receive(&self.socket);
        let count = count.map_err(FeedError::io("receive on", &"a line"))?;
        if count == 0 {
            return Ok(0);
        }
        // One look at the clock serves the whole batch.
        let read = now_ns();
        for at in 0..count {
            let about = self.batch.about(at);
            self.drops = about.drops.unwrap_or(self.drops);
            self.kernel_stamps += u64::from(about.kernel.is_some());
            self.hardware_stamps += u64::from(about.hardware.is_some());
            let ts_recv = about.hardware.or(about.kernel).unwrap_or(read);
            visit(Received {
                bytes: self.batch.bytes(at),
                ts_recv,
            });
        }
        Ok(count)
    }

    /// Packets that the kernel dropped because its buffer was full, modulo 2^32.
    #[must_use]
    pub const fn kernel_drops(&self) -> u32 {
        self.drops
    }

    /// Packets that the kernel stamped, and those that the network card did.
    #[must_use]
    pub const fn stamps(&self) -> (u64, u64) {
        (self.kernel_stamps, self.hardware_stamps)
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl std::fmt::Debug for UdpReceiver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("UdpReceiver")
            .field("socket", &self.socket)
            .field("stamping", &self.stamping)
            .finish_non_exhaustive()
    }
}
