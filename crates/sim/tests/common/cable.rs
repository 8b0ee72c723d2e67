//! A line over loopback that can be stalled, cut and mended.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[derive(Default)]
struct State {
    is_cut: AtomicBool,
    /// What goes out, and what comes in, is held.
    stalled: [AtomicBool; 2],
    is_over: AtomicBool,
}

pub(crate) struct Cable {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Cable {
    pub(crate) fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let carrying = Arc::clone(&state);
        let thread = thread::spawn(move || carry_all(&listener, target, &carrying));
        Self {
            address,
            state,
            thread: Some(thread),
        }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Holds what goes out (`true`) or comes in.
    pub(crate) fn stall(&self, is_out: bool) {
        self.state.stalled[usize::from(!is_out)].store(true, Ordering::SeqCst);
    }

    pub(crate) fn cut(&self) {
        self.state.is_cut.store(true, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        for stalled in &self.state.stalled {
            stalled.store(false, Ordering::SeqCst);
        }
        // Whoever was cut off has gone by now, with what was held for him.
        thread::sleep(Duration::from_millis(30));
        self.state.is_cut.store(false, Ordering::SeqCst);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn carry_all(listener: &TcpListener, target: SocketAddr, state: &Arc<State>) {
    while !state.is_over.load(Ordering::SeqCst) {
        let Ok((near, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(2));
            continue;
        };
        if state.is_cut.load(Ordering::SeqCst) {
            continue;
        }
        near.set_nonblocking(false).unwrap();
        let Ok(far) = TcpStream::connect(target) else {
            continue;
        };
        for (way, from, to) in [(0, &near, &far), (1, &far, &near)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let state = Arc::clone(state);
            thread::spawn(move || carry(way, from, to, &state));
        }
    }
}

fn carry(way: usize, mut from: TcpStream, mut to: TcpStream, state: &State) {
    from.set_read_timeout(Some(Duration::from_millis(2)))
        .unwrap();
    let mut room = [0; 16_384];
    loop {
        let ends = state.is_cut.load(Ordering::SeqCst) || state.is_over.load(Ordering::SeqCst);
        if ends {
            break;
        }
        if state.stalled[way].load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        match from.read(&mut room) {
            Ok(0) => break,
            // What was read just as the line stalled is held with the rest.
            Ok(count) => {
                while state.stalled[way].load(Ordering::SeqCst)
                    && !state.is_cut.load(Ordering::SeqCst)
                {
                    thread::sleep(Duration::from_millis(1));
                }
                if state.is_cut.load(Ordering::SeqCst) || to.write_all(&room[..count]).is_err() {
                    break;
                }
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            Err(_) => break,
        }
    }
    let _closed = from.shutdown(Shutdown::Both);
    let _closed = to.shutdown(Shutdown::Both);
}
