//! The desk's address: who connects is served here, by a thread of our own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::header::ORIGIN;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;

use crate::access::{Access, Asker};
use crate::counts::Counts;
use crate::error::StreamError;
use crate::hub::Hub;
use crate::kept::KeptAnswers;
use crate::relay;
use crate::socket;
use crate::upstream::{Body, Silent, Upstream};

/// Readers are told at most this often: a screen shows no more, and many changes make one message.
const PACE: Duration = Duration::from_millis(20);
/// How long a connection may be silent between requests, or take to say what it wants.
const HEAD_WITHIN: Duration = Duration::from_secs(75);
/// How long TLS may take to begin.
const TLS_WITHIN: Duration = Duration::from_secs(10);
/// How long requests in hand may take once the front is to stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);
/// How long to wait where the system has no more file handles.
const FULL_WAIT: Duration = Duration::from_millis(50);
const STREAM: &str = "/v1/stream";

/// What a front is made of.
#[derive(Debug)]
pub struct FrontConfig {
    /// Where it listens.
    pub listener: TcpListener,
    /// Unix socket of the application behind.
    pub upstream: PathBuf,
    /// TLS 1.3 where it is not on loopback.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Bounds of the histogram of kept answers, seconds.
    pub bounds: Vec<f64>,
}

/// What every connection shares.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) hub: Arc<Hub>,
    pub(crate) access: Access,
    pub(crate) counts: Counts,
    kept: KeptAnswers,
    upstream: Upstream,
    stop: watch::Sender<bool>,
}

impl Served {
    /// Tells when to stop.
    pub(crate) fn stops(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Lets an asker read, or returns the application's refusal.
    pub(crate) async fn admits(&self, asker: &Asker) -> Result<(), Box<Response<Body>>> {
        if self.access.takes(asker, Instant::now()) {
            return Ok(());
        }
        let generation = self.access.generation();
        let question = relay::asked(STREAM, asker.0.clone());
        match self.upstream.ask(question).await {
            Ok(response) if response.status() == StatusCode::NO_CONTENT => {
                self.access.keep(asker, generation, Instant::now());
                Ok(())
            }
            Ok(response) => Err(Box::new(relay::back(response))),
            Err(fault) => Err(Box::new(silent(&fault))),
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        if request.uri().path() == STREAM && socket::is_upgrade(&request) {
            return socket::open(&self, request).await;
        }
        // An answer to another page says that this page may read it, so it is nobody else's.
        if request.method() != Method::GET || request.headers().contains_key(ORIGIN) {
            let answer = self.upstream.ask(relay::onward(request)).await;
            return answer.map_or_else(|fault| silent(&fault), relay::back);
        }
        let (began, last) = (Instant::now(), self.hub.last());
        let target = request.uri().path_and_query();
        let target = target.map_or_else(String::new, ToString::to_string);
        if let Some(kept) = self.kept.get(&target, last) {
            if let Err(refusal) = self.admits(&Asker::of(request.headers())).await {
                return *refusal;
            }
            let route = kept.route.clone();
            let answer = relay::again(kept);
            self.counts.kept(&route, began.elapsed());
            return answer;
        }
        match self.fetch(request).await {
            Ok((answer, kept)) => {
                if let Some(kept) = kept {
                    self.kept.put(target, last, kept);
                }
                answer
            }
            Err(fault) => silent(&fault),
        }
    }

    async fn fetch(
        &self,
        request: Request<Incoming>,
    ) -> Result<(Response<Body>, Option<crate::kept::Kept>), Silent> {
        relay::kept(self.upstream.ask(relay::onward(request)).await?).await
    }
}

fn silent(fault: &Silent) -> Response<Body> {
    let detail = format!("the desk behind this address does not answer ({fault}); try again");
    relay::problem(StatusCode::BAD_GATEWAY, &detail)
}

/// A front that serves until it is stopped or dropped.
#[derive(Debug)]
pub struct Front {
    served: Arc<Served>,
    running: Mutex<Option<(Runtime, mpsc::Receiver<()>)>>,
}

impl Front {
    /// Begins to serve.
    ///
    /// # Errors
    /// [`StreamError::Io`] where the system refuses a thread or the socket.
    pub fn start(hub: Arc<Hub>, config: FrontConfig) -> Result<Self, StreamError> {
        let served = Arc::new(Served {
            hub,
            access: Access::new(),
            counts: Counts::new(config.bounds),
            kept: KeptAnswers::default(),
            upstream: Upstream::new(config.upstream),
            stop: watch::Sender::new(false),
        });
        // One thread: writing to hundreds of readers takes a fraction of it, and the engine keeps its own.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("stream")
            .enable_io()
            .enable_time()
            .build()?;
        config.listener.set_nonblocking(true)?;
        let (alive, ended) = mpsc::channel(1);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(config.listener)?
        };
        runtime.spawn(pace(Arc::clone(&served)));
        let tls = config.tls.map(TlsAcceptor::from);
        runtime.spawn(accept(Arc::clone(&served), listener, tls, alive));
        Ok(Self {
            served,
            running: Mutex::new(Some((runtime, ended))),
        })
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.served.counts
    }

    /// Asks the application anew about everybody: a session has ended or a key was taken back.
    pub fn forget(&self) {
        self.served.access.forget();
    }

    /// Stops: takes nobody new, lets requests in hand end within two seconds, and closes the streams.
    pub fn stop(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((runtime, mut ended)) = running.take() {
            self.served.stop.send_replace(true);
            runtime.block_on(async {
                let _ = tokio::time::timeout(STOP_WITHIN, ended.recv()).await;
            });
            runtime.shutdown_background();
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Begins a round as soon as something has changed, and no sooner than `PACE` after the one before.
async fn pace(served: Arc<Served>) {
    loop {
        served.hub.begin_round();
        tokio::time::sleep(PACE).await;
        served.hub.pushed.notified().await;
    }
}

async fn accept(
    served: Arc<Served>,
    listener: tokio::net::TcpListener,
    tls: Option<TlsAcceptor>,
    alive: mpsc::Sender<()>,
) {
    let mut stops = served.stops();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                stream
            } else {
                tokio::time::sleep(FULL_WAIT).await;
                continue;
            },
            _ = stops.changed() => return,
        };
        // A message is whole when it is written: waiting for more would only delay it.
        let _ = stream.set_nodelay(true);
        let (served, alive, tls) = (Arc::clone(&served), alive.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => serve(served, TokioIo::new(stream)).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) =
                        tokio::time::timeout(TLS_WITHIN, tls.accept(stream)).await
                    {
                        serve(served, TokioIo::new(stream)).await;
                    }
                }
            }
            drop(alive);
        });
    }
}

async fn serve<I>(served: Arc<Served>, stream: TokioIo<I>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stops = served.stops();
    let service = service_fn(|request| {
        let served = Arc::clone(&served);
        async move { Ok::<_, std::convert::Infallible>(served.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(stream, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A fault of a connection is the end of it, and nobody's to mend.
        _ = connection.as_mut() => return,
        _ = stops.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
