//! Who computed what.

use talka_client::{AccountId, Tlk};
use talka_primitives::{Balance, DealId};
use talka_tests::{
    chronicle::Chronicle,
    stage::{
        bags::{Bought, BAGS},
        Stage, Standing,
    },
};

/// Print a line for each worker: its tasks of each bag, its merit, its bond and all that it has, before and after.
pub fn print(
    stage: &Stage,
    bought: &[Bought],
    chronicle: &Chronicle,
    before: &[Standing],
    after: &[Standing],
) {
    let mut header = vec!["worker".to_owned()];
    header.extend(BAGS.iter().map(|bag| bag.example.app.to_owned()));
    header.extend(["stake lost", "merit TLK", "bond TLK", "balance TLK"].map(String::from));
    let mut rows = vec![header];
    let lost = chronicle.convicted();
    for ((worker, before), after) in stage.workers.iter().zip(before).zip(after) {
        let mut row = vec![worker.name.clone()];
        row.extend(bought.iter().map(|bought| right(chronicle, bought.deal, worker.account)));
        row.push(Tlk(lost.get(&worker.account).copied().unwrap_or_default()).to_string());
        row.push(change(before.merit.0, after.merit.0));
        row.push(change(before.bond, after.bond));
        row.push(change(before.balance, after.balance));
        rows.push(row);
    }
    let columns = rows[0].len();
    let widths: Vec<_> =
        (0..columns).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// The tasks of a deal in which a worker was right.
fn right(chronicle: &Chronicle, deal: DealId, worker: AccountId) -> String {
    let completed = chronicle.of(deal).completed();
    let tasks = completed.into_iter().filter(|(_, (_, winners))| winners.contains(&worker));
    let tasks: Vec<_> = tasks.map(|(task, _)| task.index.to_string()).collect();
    if tasks.is_empty() {
        return "none".into();
    }
    tasks.join(" ")
}

fn change(before: Balance, after: Balance) -> String {
    format!("{} > {}", Tlk(before), Tlk(after))
}
