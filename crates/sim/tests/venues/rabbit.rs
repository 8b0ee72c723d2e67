//! A `RabbitMQ` of our own: its own folder, name, ports and port mapper, on loopback only.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::tls_front::Authority;

const SCRIPT: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/// A broker on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running broker; stopped, and its folder removed, when dropped.
pub(crate) struct Rabbit {
    folder: tempfile::TempDir,
    ports: [u16; 4],
    mapper: Child,
    script: Option<Child>,
}

fn free_ports<const N: usize>() -> [u16; N] {
    // All at once, so that they differ.
    let listeners: Vec<_> = (0..N)
        .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
        .collect();
    std::array::from_fn(|at| listeners[at].local_addr().unwrap().port())
}

impl Rabbit {
    /// Starts one, or says that it is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::begin(None)
    }

    /// Starts one that also listens with TLS and knows clients by certificates of `authority`.
    pub(crate) fn start_with_tls(authority: &Authority) -> Option<Self> {
        Self::begin(Some(authority))
    }

    fn begin(authority: Option<&Authority>) -> Option<Self> {
        if !Path::new(SCRIPT).exists() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let ports = free_ports();
        let at = |name: &str| folder.path().join(name);
        let plugins = "[rabbitmq_amqp1_0, rabbitmq_auth_mechanism_ssl].\n";
        fs::write(at("plugins"), plugins).unwrap();
        let mut settings = format!("listeners.tcp.1 = 127.0.0.1:{}\nheartbeat = 10\n", ports[0]);
        if let Some(authority) = authority {
            settings += &tls_settings(authority, ports[3]);
        }
        fs::write(at("rabbitmq.conf"), settings).unwrap();
        let mut mapper = Command::new("epmd");
        mapper.args(["-port", &ports[2].to_string()]);
        clean(&mut mapper, folder.path(), ports);
        let mapper = mapper
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut rabbit = Self {
            folder,
            ports,
            mapper,
            script: None,
        };
        rabbit.restart();
        Some(rabbit)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[0]).into()
    }

    pub(crate) const fn tls_port(&self) -> u16 {
        self.ports[3]
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.path().join("pid")
    }

    /// Starts the broker in its folder and waits until it listens.
    pub(crate) fn restart(&mut self) {
        let mut script = Command::new(SCRIPT);
        clean(&mut script, self.folder.path(), self.ports);
        let log = fs::File::create(self.folder.path().join("out")).unwrap();
        let errors = log.try_clone().unwrap();
        self.script = Some(script.stdout(log).stderr(errors).spawn().unwrap());
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address()).is_err() {
            if Instant::now() > until {
                let out = fs::read_to_string(self.folder.path().join("out"));
                panic!("RabbitMQ does not listen after {PATIENCE:?}: {out:?}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills the broker without a word (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.signal("-KILL");
    }

    /// The script only waits for the broker, whose number it wrote down.
    fn signal(&mut self, signal: &str) {
        let Some(mut script) = self.script.take() else {
            return;
        };
        let pid = fs::read_to_string(self.pid_file()).unwrap_or_default();
        let sent = Command::new("kill").args([signal, pid.trim()]).status();
        assert!(
            sent.is_ok_and(|status| status.success()),
            "no broker to stop: {pid:?}"
        );
        script.wait().unwrap();
        let _gone = fs::remove_file(self.pid_file());
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        self.kill();
        let _ended = self.mapper.kill();
        let _reaped = self.mapper.wait();
    }
}

fn tls_settings(authority: &Authority, port: u16) -> String {
    let own = authority.issue("localhost");
    let (ca, certificate, key) = (authority.file(), own.certificate, own.key);
    format!(
        "listeners.ssl.1 = 127.0.0.1:{port}\n\
         ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n\
         ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n\
         ssl_cert_login_from = common_name\n\
         auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = EXTERNAL\n",
        ca.display(),
        certificate.display(),
        key.display()
    )
}

/// Nothing of the user's own settings, cookie included, reaches the broker.
fn clean(command: &mut Command, folder: &Path, ports: [u16; 4]) {
    let name = format!("wattbook{}@localhost", ports[0]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().stdin(Stdio::null()).current_dir(folder);
    command
        .env("PATH", path)
        .env("HOME", folder)
        .env("LANG", "C.UTF-8");
    command.env("RABBITMQ_NODENAME", name);
    command.env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"));
    command.env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"));
    command.env("RABBITMQ_MNESIA_BASE", folder.join("mnesia"));
    command.env("RABBITMQ_LOG_BASE", folder.join("log"));
    command.env("RABBITMQ_PID_FILE", folder.join("pid"));
    command.env("RABBITMQ_DIST_PORT", ports[1].to_string());
    let loopback = "-kernel inet_dist_use_interface {127,0,0,1}";
    command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", loopback);
    command.env("ERL_EPMD_ADDRESS", "127.0.0.1");
    command.env("ERL_EPMD_PORT", ports[2].to_string());
}
