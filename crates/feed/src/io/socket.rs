//! What the standard library lacks of sockets: options before binding, many packets in one call, stamps.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

/// Room for the messages about a packet: three stamps and a count of drops.
const CONTROL_WORDS: usize = 16;

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// Sets an option of the system's own type.
pub(super) fn set_option(
    socket: &impl AsRawFd,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the call reads `value` with its own size; the descriptor is open as long as `socket` is
    // borrowed.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            mem::size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    checked(result).map(drop)
}

/// A socket for datagrams at `address`, which others may share where it is a group's.
pub(super) fn bind(address: SocketAddrV4, is_shared: bool) -> io::Result<UdpSocket> {
    // SAFETY: no pointers are passed; the result is checked before it is owned.
    let raw =
        checked(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    // SAFETY: `raw` was just opened and nobody else owns it.
    let owned = unsafe { OwnedFd::from_raw_fd(raw) };
    if is_shared {
        set_option(&owned, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    }
    let name = libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: in_addr(*address.ip()),
        sin_zero: [0; 8],
    };
    // SAFETY: the call reads `name` with its own size.
    checked(unsafe {
        libc::bind(
            owned.as_raw_fd(),
            (&raw const name).cast(),
            mem::size_of::<libc::sockaddr_in>() as libc::socklen_t,
        )
    })?;
    Ok(UdpSocket::from(owned))
}

fn in_addr(address: Ipv4Addr) -> libc::in_addr {
    libc::in_addr {
        s_addr: u32::from(address).to_be(),
    }
}

/// Waits until one of `sockets` has something, at most `time`.
pub(super) fn wait(sockets: &[RawFd], time: Duration) -> io::Result<bool> {
    let mut polled = [libc::pollfd {
        fd: -1,
        events: libc::POLLIN,
        revents: 0,
    }; 8];
    let count = sockets.len().min(polled.len());
    for (polled, socket) in polled.iter_mut().zip(sockets) {
        polled.fd = *socket;
    }
    let limit = libc::timespec {
        tv_sec: time.as_secs().min(3_600) as libc::time_t,
        tv_nsec: libc::c_long::from(time.subsec_nanos()),
    };
    // SAFETY: `count` entries of `polled` exist; the call writes their `revents` only and reads `limit`;
    // no signal mask is passed.
    let result = unsafe {
        libc::ppoll(
            polled.as_mut_ptr(),
            count as libc::nfds_t,
            &raw const limit,
            ptr::null(),
        )
    };
    match checked(result) {
        Ok(ready) => Ok(ready > 0),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
        Err(error) => Err(error),
    }
}

/// What the kernel says about a packet beside its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    /// Time of reception by the kernel, ns UTC.
    pub(super) kernel: Option<i64>,
    /// Time of reception by the network card, ns of its clock.
    pub(super) hardware: Option<i64>,
    /// Packets that the socket has dropped so far, modulo 2^32.
    pub(super) drops: Option<u32>,
}

/// Buffers for many packets, which the kernel fills in one call.
pub(super) struct Batch {
    headers: Vec<libc::mmsghdr>,
    /// What the headers point to. Their memory does not move: the vectors never grow.
    parts: Vec<libc::iovec>,
    controls: Vec<[u64; CONTROL_WORDS]>,
    bytes: Vec<u8>,
    packet_bytes: usize,
}

// SAFETY: the pointers in `headers` and `parts` lead into the vectors of the same value only, which go
// along when it is moved to another thread.
unsafe impl Send for Batch {}

impl Batch {
    pub(super) fn new(count: usize, packet_bytes: usize) -> Self {
        let mut batch = Self {
            headers: Vec::with_capacity(count),
            parts: Vec::with_capacity(count),
            controls: vec![[0; CONTROL_WORDS]; count],
            bytes: vec![0; count * packet_bytes],
            packet_bytes,
        };
        for (bytes, control) in batch
            .bytes
            .chunks_exact_mut(packet_bytes)
            .zip(&mut batch.controls)
        {
            batch.parts.push(libc::iovec {
                iov_base: bytes.as_mut_ptr().cast(),
                iov_len: packet_bytes,
            });
            // SAFETY: zeros are a value of this plain structure: no pointers, no lengths.
            let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = mem::size_of_val(control);
            batch.headers.push(header);
        }
        for (header, part) in batch.headers.iter_mut().zip(&mut batch.parts) {
            header.msg_hdr.msg_iov = part;
        }
        batch
    }

    /// Takes what `socket` has, without waiting: how many packets.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        // SAFETY: each header points to one part and one control buffer of this value, with their
        // lengths; the parts point to disjoint stretches of `bytes`. The kernel writes within them.
        let result = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                self.headers.len() as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        match checked(result) {
            Ok(count) => Ok(count as usize),
            Err(error)
                if matches!(
                    error.kind(),
                    // A refused datagram that was sent earlier is reported here too.
                    io::ErrorKind::WouldBlock
                        | io::ErrorKind::Interrupted
                        | io::ErrorKind::ConnectionRefused
                ) =>
            {
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// The bytes of packet `at` of the last call.
    pub(super) fn bytes(&self, at: usize) -> &[u8] {
        let length = (self.headers[at].msg_len as usize).min(self.packet_bytes);
        &self.bytes[at * self.packet_bytes..][..length]
    }

    /// What the kernel says about packet `at`, whose buffers are then ready for the next call.
    pub(super) fn about(&mut self, at: usize) -> About {
        let header = &mut self.headers[at].msg_hdr;
        let mut about = About::default();
        // SAFETY: the kernel has written whole control messages within the buffer and its length into
        // the header; the two functions walk them within that length.
        unsafe {
            let mut control = libc::CMSG_FIRSTHDR(header);
            while let Some(found) = control.as_ref() {
                if found.cmsg_level == libc::SOL_SOCKET {
                    read_control(found, libc::CMSG_DATA(control), &mut about);
                }
                control = libc::CMSG_NXTHDR(header, control);
            }
        }
        header.msg_controllen = mem::size_of::<[u64; CONTROL_WORDS]>();
        about
    }
}

/// Reads a control message whose contents lie at `data`.
///
/// # Safety
/// `data` are the contents of `found`, as long as its length says.
unsafe fn read_control(found: &libc::cmsghdr, data: *const u8, about: &mut About) {
    let length = found
        .cmsg_len
        .saturating_sub(mem::size_of::<libc::cmsghdr>());
    // SAFETY: each read is within `length`, which was checked, and needs no alignment.
    unsafe {
        match found.cmsg_type {
            libc::SCM_TIMESTAMPNS if length >= mem::size_of::<libc::timespec>() => {
                about.kernel = nanos(data.cast::<libc::timespec>().read_unaligned());
            }
            libc::SCM_TIMESTAMPING if length >= mem::size_of::<[libc::timespec; 3]>() => {
                // Software, one that is no longer used, hardware.
                let stamps = data.cast::<[libc::timespec; 3]>().read_unaligned();
                about.kernel = nanos(stamps[0]);
                about.hardware = nanos(stamps[2]);
            }
            libc::SO_RXQ_OVFL if length >= mem::size_of::<u32>() => {
                about.drops = Some(data.cast::<u32>().read_unaligned());
            }
            _ => {}
        }
    }
}

/// A stamp; zeros are none.
fn nanos(stamp: libc::timespec) -> Option<i64> {
    let nanos = stamp
        .tv_sec
        .checked_mul(1_000_000_000)?
        .checked_add(stamp.tv_nsec)?;
    (nanos != 0).then_some(nanos)
}
