//! The results of bags, fetched from the workers and compared with native runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use talka_primitives::TaskId;

use super::{
    bags::{Bag, Bought},
    Stage,
};
use crate::{apps::files, talka::Talka};

/// Fetch the results of bags, compare them with native runs of the same tasks, and leave each bag put together in
/// `out`. Gives how many tasks have a wrong result.
pub fn check(stage: &Stage, bags: &[Bag], bought: &[Bought], out: &Path) -> Result<usize> {
    if out.exists() {
        fs::remove_dir_all(out).with_context(|| format!("cannot replace {}", out.display()))?;
    }
    let mut wrong = 0;
    for (bag, Bought { deal, .. }) in bags.iter().zip(bought) {
        let place = out.join(bag.example.app);
        let fetched = place.join("tasks");
        fs::create_dir_all(&place)?;
        Talka::new(&stage.network, bag.requester).get_results(*deal, &fetched)?;

        let mut results: Vec<PathBuf> = Vec::new();
        let before = wrong;
        for index in 0..bag.example.tasks {
            let task = TaskId { deal: *deal, index };
            let native = stage.network.folder().join(format!("native-{task}"));
            bag.example.run_natively(task, &native)?;
            let result = Talka::folder_of(&fetched, task);
            if files(&result)? != files(&native)? {
                println!("task {task} of {}: WRONG", bag.example.app);
                wrong += 1;
            }
            results.push(result);
        }
        let same = bag.example.tasks as usize - (wrong - before);
        println!("{}: {same} of {} results as computed here", bag.example.app, bag.example.tasks);
        let summary = bag.example.merge(&results, &place)?;
        for line in summary.lines() {
            println!("    {line}");
        }
        for path in files(&place)?.keys().filter(|path| !path.starts_with("tasks")) {
            println!("    {}", place.join(path).display());
        }
    }
    Ok(wrong)
}
