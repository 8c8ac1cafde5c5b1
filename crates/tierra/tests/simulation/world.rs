//! One cloud, its disk, and its machine. The control plane can die at any await and comes back on what its disk holds.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tierra::assembly::{Cloud, Ground};
use tierra::edge::{Auth, Authority, Edge};
use tierra_core::authority::SimAuthority;
use tierra_core::store::SimDisk;
use tierra_core::{Clock, Ids, Registry, Resource as _, Store, StoreError, Tx};
use tierra_dataplane::object::Objects;
use tierra_model::Timestamp;
use tierra_services::cloudformation::model::Stack;
use tierra_services::cloudwatch::is_measurement;
use tierra_services::iam::RootKeys;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::actions;
use crate::client::Client;
use crate::dice::Dice;
use crate::machine::SimMachine;
use crate::request::{Answer, Request};

/// When the simulated time begins.
const BEGINNING: Timestamp = Timestamp::from_secs(1_800_000_000);
/// How long nothing must change until it is quiet: longer than the build of an image.
const QUIET: Duration = Duration::from_secs(100);
/// How long after the last change the machine may still be told what came of it.
const SETTLING: Duration = Duration::from_secs(50);
/// How often the machine may be looked at from then on until it is quiet.
const LOOKS: u64 = 1000;
/// How long the world may need to come to rest.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often an owner who leaves says that everything is to be deleted.
const FAREWELLS: usize = 3;
/// How much of the history is shown where something is wrong, in lines.
const SHOWN: usize = 60;

/// The time of tokio's own clock, so that both move together.
struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(BEGINNING.0 + passed)
    }
}

/// Panics since the process began, in whatever task: a runtime that goes on after one hides a bug.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// Counts panics, and says them as before.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let say = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            say(panic);
        }));
    });
}

/// A control plane at work.
struct Running {
    edge: Arc<Edge>,
    registry: Arc<Registry>,
    store: Store,
    key: RootKeys,
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// The world.
pub struct World {
    seed: u64,
    /// The machine.
    pub machine: SimMachine,
    disk: SimDisk,
    /// Where the bytes of objects are, in files that are really there.
    objects: TempDir,
    clock: Arc<TokioClock>,
    authority: Arc<Authority>,
    running: Mutex<Option<Running>>,
    starts: AtomicU64,
    history: Mutex<String>,
}

impl World {
    /// A world in which nothing runs yet. Its time is the present one of the runtime.
    pub fn new(seed: u64) -> Self {
        count_panics();
        let folder = tempfile::tempdir().expect("a folder");
        Self {
            seed,
            machine: SimMachine::new(seed),
            disk: SimDisk::new(),
            objects: tempfile::tempdir().expect("a folder"),
            clock: Arc::new(TokioClock(Instant::now())),
            authority: Arc::new(Authority::open(folder.path()).expect("an authority")),
            running: Mutex::new(None),
            starts: AtomicU64::new(0),
            history: Mutex::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the control plane on what the disk holds.
    pub async fn open(&self) {
        let start = self.starts.fetch_add(1, Ordering::SeqCst);
        let store = Store::on_disk(&self.disk).expect("the disk holds a store");
        let ground = Ground {
            store: store.clone(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            ids: Ids::seeded(self.seed.wrapping_mul(1000).wrapping_add(start)),
            issuance: Arc::new(SimAuthority),
            objects: Objects::new(self.objects.path().to_owned(), &format!("{start:012x}")),
            ca_pem: self.authority.pem().to_owned(),
        };
        let opened = Cloud::on(ground, &self.machine.drivers(), Auth::Enforced, Arc::clone(&self.authority));
        let (cloud, key) = opened.expect("a cloud");
        let (stop, stopped) = watch::channel(false);
        *self.running() = Some(Running {
            edge: cloud.edge(),
            registry: cloud.registry(),
            store,
            key,
            tasks: cloud.reconcile(&stopped),
            stop,
        });
        self.note(&format!("# start {start}"));
    }

    /// The control plane dies; of what was not yet synced, any part is on the disk.
    pub async fn crash(&self) {
        let dice = Dice::new(self.seed, &format!("crash {}", self.starts.load(Ordering::SeqCst)));
        self.disk.cut_power(|| dice.chance(50));
        let running = self.running().take();
        if let Some(mut running) = running {
            running.tasks.shutdown().await;
        }
        self.note("# crash");
    }

    /// The disk fails in the middle of a commit that is to come; a crash has to follow.
    pub fn break_disk(&self, writes: u64) {
        self.disk.fail_after(writes);
    }

    /// Ends the control plane in good order.
    pub async fn close(&self) {
        let running = self.running().take();
        if let Some(mut running) = running {
            running.stop.send_replace(true);
            while running.tasks.join_next().await.is_some() {}
        }
    }

    /// What the store holds.
    pub fn see<T>(&self, look: impl FnOnce(&mut Tx) -> T) -> T {
        let store = self.running().as_ref().expect("it runs").store.clone();
        store.read(|tx| Ok::<_, StoreError>(look(tx))).expect("the store answers")
    }

    /// Whether something panicked and was not heard of.
    pub fn has_panicked(&self) -> bool {
        PANICS.load(Ordering::SeqCst) > 0
    }

    /// What the services declare.
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.running().as_ref().expect("it runs").registry)
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends a request as `who`; none where the connection is cut.
    pub async fn ask(&self, who: &str, request: &Request) -> Option<Answer> {
        let connected = self.connect(request);
        let answer = match connected {
            Some((mut stream, bytes)) => {
                let mut answer = Vec::new();
                let exchanged = async {
                    stream.write_all(&bytes).await?;
                    stream.read_to_end(&mut answer).await
                };
                exchanged.await.ok().and_then(|_| Answer::read(&answer))
            }
            None => None,
        };
        let told = answer.as_ref().map_or_else(
            || "cut".to_owned(),
            |answer| format!("{} {:.20000}", answer.status, answer.body.replace('\n', "\\n")),
        );
        self.note(&format!("> {who} {}\n< {who} {told}\n{}", request.line(), self.position()));
        answer
    }

    /// A connection to the edge, and the bytes to send over it.
    fn connect(&self, request: &Request) -> Option<(tokio::io::DuplexStream, Vec<u8>)> {
        const BUFFER: usize = 1 << 16;
        const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4000);
        let now = self.now().to_string();
        let date = now.split('.').next().unwrap_or(&now).trim_end_matches('Z').replace(['-', ':'], "") + "Z";
        let mut running = self.running();
        let running = running.as_mut()?;
        while running.tasks.try_join_next().is_some() {}
        let (near, far) = tokio::io::duplex(BUFFER);
        let stop = running.stop.subscribe();
        running.tasks.spawn(Arc::clone(&running.edge).serve_connection(far, PEER, stop));
        Some((near, request.signed(&running.key, &date)))
    }

    /// Waits until nothing is under way, and nothing changes any more but what is measured.
    pub async fn come_to_rest(&self) {
        let begun = Instant::now();
        let (mut seen, mut since) = (self.see(|tx| tx.revision()), Instant::now());
        while since.elapsed() < QUIET {
            sleep(Duration::from_secs(1)).await;
            let busy = self.busy();
            if self.is_news_since(seen) || !busy.is_empty() {
                since = Instant::now();
            }
            if since.elapsed() < SETTLING {
                self.machine.faults.asked();
            }
            seen = self.see(|tx| tx.revision());
            let tired = begun.elapsed() > PATIENCE;
            assert!(!tired, "{}\n\nwrong:\nthe world does not come to rest: {busy:?}", self.tail());
        }
        self.is_still();
        self.note(&format!("# quiet at {}\n{}", self.now(), self.position()));
    }

    /// While nothing changes, the machine is looked at now and then, and told nothing.
    fn is_still(&self) {
        let (looks, deeds) = self.machine.faults.asked();
        let is_still = looks < LOOKS && deeds.is_empty();
        assert!(
            is_still,
            "{}\n\nwrong:\nwhile it was quiet, {looks} looks and {deeds:?}",
            self.tail()
        );
    }

    /// The names of all files that hold objects.
    pub fn files(&self) -> BTreeSet<String> {
        let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let files = entries(self.objects.path()).flat_map(|folder| entries(&folder).collect::<Vec<_>>());
        files
            .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
            .collect()
    }

    /// The stacks that are under way. One that waits for others to let go of what it deletes does so longer than it takes to be quiet.
    fn busy(&self) -> Vec<String> {
        self.see(|tx| {
            let busy = tx.all::<Stack>().into_iter().filter(Stack::is_busy);
            busy.map(|stack| format!("{} {}", stack.id(), stack.status())).collect()
        })
    }

    /// How far the store has come: a history that strays does so here first.
    fn position(&self) -> String {
        let revision = self.running().as_ref().map(|running| running.store.revisions().newest());
        format!("@ {} revision {revision:?}", self.now())
    }

    fn is_news_since(&self, revision: u64) -> bool {
        let changes = self.running().as_ref().expect("it runs").store.changes(revision);
        let changes = changes.expect("the store answers");
        changes.is_none_or(|changes| changes.iter().any(|change| !is_measurement(change)))
    }

    /// Deletes everything, as an owner who leaves.
    pub async fn clear_up(&self, client: &mut Client) {
        // What is used by something else goes when that has gone.
        for _ in 0..FAREWELLS {
            for request in actions::farewell(self) {
                client.insist(&request).await;
            }
            self.come_to_rest().await;
        }
    }

    fn note(&self, line: &str) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.push_str(line);
        history.push('\n');
    }

    /// All that was asked and answered.
    pub fn history(&self) -> String {
        self.history.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The end of it, for the reader of a failed test.
    pub fn tail(&self) -> String {
        let history = self.history();
        let lines: Vec<&str> = history.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}
