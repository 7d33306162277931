//! A store says nothing of errors where there are none. In a program of its own, as the log is one for a process.

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use tempfile::TempDir;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{layer::Context, prelude::*, Layer};

/// Notes the errors that are logged.
#[derive(Clone, Default)]
struct Errors(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            self.0.lock().unwrap().push(format!("{event:?}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_closed_at_once_logs_no_error() {
    let errors = Errors::default();
    tracing_subscriber::registry().with(errors.clone()).init();
    let dir = TempDir::new().unwrap();
    for round in 0..40 {
        let store = open(&dir).await;
        if round % 2 == 0 {
            store.add_bytes(noise(MIB, &round.to_string())).await.unwrap();
        }
        store.shutdown().await;
    }
    assert_eq!(*errors.0.lock().unwrap(), Vec::<String>::new());
}
