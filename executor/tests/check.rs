//! What is no app is found out before anybody pays for it, and says why.

mod common;

use common::{command, trapped, Lab};
use talka_executor::Finding;
use talka_primitives::manifest::{Trap, MAX_APP_BYTES};

/// Why a module is no app. Executed, it is none either.
fn refused(lab: &Lab, module: &[u8]) -> String {
    let Finding::NotAnApp(reason) = lab.executor.check(module).unwrap() else { panic!("it is an app") };
    assert_eq!(lab.run(&lab.job_of_bytes(module)).manifest.status, trapped(Trap::NotACommand));
    reason
}

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn finds_an_app_and_the_memory_that_it_begins_with() {
    let lab = Lab::new();
    let module = wat::parse_bytes(command("", "").as_bytes()).unwrap().into_owned();
    assert_eq!(lab.executor.check(&module).unwrap(), Finding::App { initial_memory: 1 << 16 });
}

#[test]
fn says_in_plain_words_why_a_module_is_no_app() {
    let lab = Lab::new();
    let start = r#"(func (export "_start"))"#;
    for (module, reason) in [
        (wasm("(module)"), "it has no function `_start`".to_owned()),
        (wasm(r#"(module (func (export "_initialize")))"#), "it is a library".into()),
        (wasm(r#"(module (func (export "_start") (param i32)))"#), "no function without parameters".into()),
        (wasm(&format!(r#"(module (import "env" "log" (func)) {start})"#)), "`env::log`".into()),
        (wasm("(component)"), "it is a component".into()),
        (b"(module)".to_vec(), "it is not WebAssembly".into()),
        (vec![], "it is not WebAssembly".into()),
        (wasm(&format!("(module (memory 1) (memory 1) {start})")), "multiple memories".into()),
        (vec![0; MAX_APP_BYTES as usize + 1], format!("an app has {MAX_APP_BYTES} at most")),
    ] {
        let said = refused(&lab, &module);
        assert!(said.contains(&reason), "`{said}` does not say `{reason}`");
    }
}
