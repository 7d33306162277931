//! How tasks have ended, as the gateway sees it.

use crate::pallet::{Config, Pallet};
use talka_primitives::{gateway::Progress, traits::Results, view::TaskView, TaskId};

impl<T: Config> Results for Pallet<T> {
    fn progress(task: TaskId) -> Progress {
        match Self::task_view(task) {
            Some(TaskView::Ended(outcome)) => Progress::Ended(outcome),
            Some(TaskView::Queued | TaskView::Open(_)) => Progress::Open,
            None => Progress::Lost,
        }
    }
}
