use super::category_names;
use crate::{context::Context, error::CliError, output::StatsOut};

pub(crate) async fn run(context: &Context) -> Result<(), CliError> {
    let snapshot = context.best().await?;
    let findings = snapshot.findings().await?;
    let names = category_names(&snapshot).await?;
    context.print(&StatsOut::new(findings, &names))
}
