//! A wire that goes wrong: a TCP proxy on loopback that does one harm at one byte.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::oneshot,
};

/// Where to on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Request,
    Answer,
}

/// What happens to the bytes from one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    /// The connection is reset.
    Reset,
    /// The connection ends as if all had been said.
    Cut,
    /// Nothing comes any more, and nobody says so.
    Silence,
    /// It takes a third of a second.
    Delay,
    /// The rest comes byte by byte.
    Slice,
    /// A byte is another one.
    Garble,
    /// The rest of what was read comes twice.
    Repeat,
}

impl Harm {
    /// Those that leave alone what is said: the program must not even notice them.
    pub(crate) fn is_harmless(self) -> bool {
        matches!(self, Self::Delay | Self::Slice)
    }

    /// Those that change what is said, which TCP would not let pass: the program must bear them.
    pub(crate) fn lies(self) -> bool {
        matches!(self, Self::Garble | Self::Repeat)
    }
}

/// One thing that goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) way: Way,
    /// Byte of all that goes this way, over all connections.
    pub(crate) at: u64,
    pub(crate) harm: Harm,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} at byte {} of the {:?}",
            self.harm, self.at, self.way
        )
    }
}

#[derive(Debug, Default)]
struct Wire {
    fault: Mutex<Option<Fault>>,
    /// The first line of the request that the fault has struck, or whose answer it has.
    struck: Mutex<Option<String>>,
    passed: [AtomicU64; 2],
}

impl Wire {
    /// Counts the bytes of a piece; gives the harm that is to be done to it, and where in it.
    fn pass(&self, way: Way, length: usize) -> Option<(usize, Harm)> {
        let length = u64::try_from(length).unwrap();
        let before = self.passed[way as usize].fetch_add(length, Ordering::SeqCst);
        let mut fault = self.fault.lock().unwrap();
        let due = fault.take_if(|fault| fault.way == way && fault.at < before + length)?;
        let at = due.at.saturating_sub(before);
        Some((usize::try_from(at).unwrap(), due.harm))
    }
}

/// First line of the request that a connection is about.
type Line = Mutex<String>;

/// The proxy, in a thread of its own.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    wire: Arc<Wire>,
    stop: Option<oneshot::Sender<()>>,
    server: Option<thread::JoinHandle<()>>,
}

impl Proxy {
    pub(crate) fn start(upstream: u16) -> Self {
        let wire = Arc::new(Wire::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, started) = mpsc::channel();
        let shared = wire.clone();
        let server = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                ready.send(listener.local_addr().unwrap().port()).unwrap();
                tokio::select! {
                    () = serve(listener, upstream, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            port: started.recv().unwrap(),
            wire,
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// Counts anew, and does this harm when it is due.
    pub(crate) fn arm(&self, fault: Option<Fault>) {
        *self.wire.struck.lock().unwrap() = None;
        *self.wire.fault.lock().unwrap() = fault;
        for passed in &self.wire.passed {
            passed.store(0, Ordering::SeqCst);
        }
    }

    /// How many bytes have gone each way: requests, answers.
    pub(crate) fn passed(&self) -> [u64; 2] {
        [Way::Request, Way::Answer].map(|way| self.wire.passed[way as usize].load(Ordering::SeqCst))
    }

    /// What the fault has struck: the first line of the request, such as `GET /v1/environments HTTP/1.1`.
    pub(crate) fn struck(&self) -> Option<String> {
        self.wire.struck.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

async fn serve(listener: TcpListener, upstream: u16, wire: Arc<Wire>) {
    while let Ok((client, _)) = listener.accept().await {
        let wire = wire.clone();
        tokio::spawn(async move {
            if let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)).await {
                connect(client, server, &wire).await;
            }
        });
    }
}

/// Until either side ends; both are closed then.
async fn connect(client: TcpStream, server: TcpStream, wire: &Wire) {
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let line = Line::default();
    tokio::select! {
        _ = pump(from_client, to_server, Way::Request, (wire, &line)) => {}
        _ = pump(from_server, to_client, Way::Answer, (wire, &line)) => {}
    }
}

/// Carries bytes one way until the end of one side, or of the wire.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    way: Way,
    (wire, line): (&Wire, &Line),
) -> std::io::Result<()> {
    let mut buffer = [0; 4096];
    let mut sliced = false;
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let piece = &mut buffer[..length];
        if way == Way::Request
            && let Some(first) = first_line(piece)
        {
            *line.lock().unwrap() = first;
        }
        let Some((at, harm)) = wire.pass(way, length) else {
            send(&mut to, piece, sliced).await?;
            continue;
        };
        *wire.struck.lock().unwrap() = Some(line.lock().unwrap().clone());
        to.write_all(&piece[..at]).await?;
        match harm {
            Harm::Reset => {
                let (near, far): (&TcpStream, &TcpStream) = (from.as_ref(), to.as_ref());
                near.set_zero_linger()?;
                far.set_zero_linger()?;
                return Ok(());
            }
            Harm::Cut => return to.shutdown().await,
            Harm::Silence => return swallow(&mut from, &mut buffer).await,
            Harm::Delay => delay().await,
            Harm::Slice => sliced = true,
            Harm::Garble => piece[at] ^= 0x15,
            Harm::Repeat => to.write_all(&piece[at..]).await?,
        }
        send(&mut to, &piece[at..], sliced).await?;
    }
}

/// The first line of a request, where a piece begins with one.
fn first_line(piece: &[u8]) -> Option<String> {
    let line = piece.split(|byte| *byte == b'\r').next()?;
    line.ends_with(b" HTTP/1.1")
        .then(|| String::from_utf8_lossy(line).into_owned())
}

/// Reads to the end and says nothing of it.
async fn swallow(from: &mut OwnedReadHalf, buffer: &mut [u8]) -> std::io::Result<()> {
    while from.read(buffer).await? > 0 {}
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a slow wire is what is asked for"
)]
async fn delay() {
    tokio::time::sleep(Duration::from_millis(333)).await;
}

async fn send(to: &mut OwnedWriteHalf, piece: &[u8], sliced: bool) -> std::io::Result<()> {
    if !sliced {
        return to.write_all(piece).await;
    }
    for byte in piece {
        to.write_all(&[*byte]).await?;
    }
    Ok(())
}
