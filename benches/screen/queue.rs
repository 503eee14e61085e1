//! The queue panel with a queue database and a real engine.

use std::sync::Arc;
use std::time::Instant;

use fxpane::base::{ItemId, RemotePath};
use fxpane::engine::{Engine, EngineOptions, RowFilter, RowQuery};
use fxpane::queue::store::{ItemChange, ItemSelection};
use fxpane::queue::{
    Ending, ItemState, JobKind, JobRules, JobSpec, NewItem, Precedence, Source, Store, TreeRules,
};
use fxpane::site::{Location, Site, Trust};
use fxpane::ui::model::msg::Msg;
use fxpane::ui::model::{Model, ModelSetup};
use fxpane::ui::update::update;
use fxpane::ui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::{FRAMES, Measured, Outcome, SIZE, frames, measured, press};

/// Files added in one batch.
const BATCH: u64 = 10_000;
/// Rows per window: three pages of the panel.
const ROWS: usize = 150;
/// Repetitions of slow measurements.
const FEW: usize = 5;

pub(crate) fn measure(files: u64) -> Outcome<Vec<Measured>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure_in(files))
}

async fn measure_in(files: u64) -> Outcome<Vec<Measured>> {
    let folder = tempfile::tempdir()?;
    let (store, _) = Store::open(&folder.path().join("queue.db"))?;
    let mut table = Vec::new();
    let started = Instant::now();
    fill(&store, files).await?;
    let took = started.elapsed();
    table.push(Measured { name: "add the files", median: took, worst: took, background: true });
    let trust = Arc::new(Trust::in_memory());
    let engine = Engine::start(EngineOptions { browsing: 1, store, ..EngineOptions::new(trust) });

    let mut model = Model::new(ModelSetup { size: SIZE, ..ModelSetup::default() });
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    press(&mut model, "F12")?;
    let named = |text: &str| RowQuery { text: text.to_owned(), ..RowQuery::default() };
    let mut drawn = Vec::with_capacity(FRAMES);
    for (name, offset, query, tries) in [
        ("window at the top", 0, RowQuery::default(), FRAMES),
        ("window in the middle", files / 2, RowQuery::default(), FRAMES),
        ("window at the end", files - ROWS as u64, RowQuery::default(), FRAMES),
        ("window of the three held files", 0, RowFilter::Held.into(), FEW),
        ("window of names that contain a text", 0, named("-77"), FEW),
    ] {
        let mut asked = Vec::new();
        for _ in 0..tries {
            let started = Instant::now();
            let window = engine.window(offset, ROWS, query.clone()).await?;
            asked.push(started.elapsed());
            let started = Instant::now();
            model.queue.query = query.clone();
            update(&mut model, Msg::Window(query.clone(), Ok(window)));
            terminal.draw(|frame| draw(&model, frame))?;
            drawn.push(started.elapsed());
        }
        table.push(measured(name, asked, true));
    }
    table.push(measured("show a window and frame", drawn, false));
    for (name, keys) in [
        ("cursor down and frame", "j"),
        ("select and frame", "Space"),
        ("page down and frame", "Ctrl-F"),
    ] {
        table.push(frames(name, &mut model, &mut terminal, keys)?);
    }
    engine.shutdown().await;
    Ok(table)
}

/// Adds one job with this number of files: every tenth has ended, three are held.
async fn fill(store: &Store, files: u64) -> Outcome<()> {
    let site = |name: &str| Arc::new(Site { name: name.to_owned(), ..Site::new("localhost") });
    let (from, to) = (site("from"), site("to"));
    let at = |site: &Arc<Site>, path: String| Location::Remote {
        site: Arc::clone(site),
        path: RemotePath::from(&*path),
    };
    let spec = JobSpec {
        kind: JobKind::Copy,
        sources: vec![Source { at: at(&from, "/pub".to_owned()), kind: None, size: None }],
        target: Some(at(&to, "/in".to_owned())),
        rename_to: false,
        rules: JobRules::default(),
        tree: TreeRules::default(),
        start_at: None,
    };
    let job = store.add_job(&spec, None).await?;
    let mut first: Vec<ItemId> = Vec::new();
    for start in (0..files).step_by(usize::try_from(BATCH)?) {
        let entry = |number: u64| {
            let name = format!("{}/some-file-{number}.bin", number / 1000);
            let item = NewItem {
                label: format!("pub/{name}").into(),
                dir: false,
                source: at(&from, format!("/pub/{name}")),
                target: Some(at(&to, format!("/in/{name}"))),
                size: Some(number),
                modified: None,
                mode: None,
                replaces: false,
                precedence: Precedence::Normal,
            };
            match number % 10 {
                0 => item.ended(ItemState::Done, Ending { bytes: number, ..Ending::default() }),
                _ => item.waiting(),
            }
        };
        let entries = (start..files.min(start + BATCH)).map(entry).collect();
        let (ids, _) = store.add(job, entries).await?;
        if first.is_empty() {
            first = ids[1..4].to_vec();
        }
    }
    store.change(ItemSelection::Items(first), ItemChange::Hold).await?;
    Ok(())
}
