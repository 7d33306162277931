//! An interpreter as an app, its program as a dataset.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{ensure, Context as _, Result};
use talka_primitives::{CategoryId, Topic, Trust};
use talka_tests::{network::Order, talka::Talka, worker::Behaviour, Network};

const PATIENCE: Duration = Duration::from_secs(240);
/// Room for three workers that compile CPython on one machine.
const RUN_TIME: u32 = 600;
const LONG: CategoryId = CategoryId(7);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "`./scripts/test languages` fetches CPython and runs it"]
async fn python_gives_the_same_result_on_two_workers() -> Result<()> {
    let modules = std::env::var_os("TALKA_LANGUAGES").context("it names the folder of the programs")?;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../executor/tests/languages/words.py");
    let network = Network::start().await?;
    let pool = network.pool().await?;
    network.set_category(LONG, RUN_TIME, pool).await?;
    let python = PathBuf::from(modules).join("python.wasm");
    let (app, dataset, one, two, three) = tokio::try_join!(
        network.publish_app("python", &python),
        network.publish_dataset("words.py", &program, Topic::Other),
        network.worker("Worker1", pool, Behaviour::Honest),
        network.worker("Worker2", pool, Behaviour::Honest),
        network.worker("Worker3", pool, Behaviour::Honest),
    )?;
    let order = Order {
        dataset: Some(dataset),
        category: LONG,
        trust: Trust(4),
        // The words that occur three times at least; the number of the task is its status.
        arguments: vec!["/in/dataset".into(), "3".into()],
        blocks: 20_000,
        ..Order::new(app, pool)
    };
    let deal = network.request("Requester1", &order).await?.deal;
    let chronicle = network.until_over(deal, PATIENCE).await?.of(deal);
    let completed = chronicle.completed();
    let (task, (digest, winners)) = completed.first_key_value().context("it has a result")?;
    ensure!(winners.len() >= 2, "{winners:?} agreed on {digest}");

    let out = network.folder().join("results");
    Talka::new(&network, "Requester1").get_results(deal, &out)?;
    let files = Talka::folder_of(&out, *task);
    let said = fs::read_to_string(files.with_file_name("stdout"))?;
    ensure!(said.contains("deviation") && said.ends_with("a relative path\nwords.txt\n"), "{said}");
    let counts = fs::read_to_string(files.join("counts/words.txt"))?;
    ensure!(counts.lines().any(|line| line == "import 6"), "{counts}");
    network.finish([one, two, three]).await
}
