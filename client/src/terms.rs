//! What a deal's terms mean for those who execute its tasks, or check a result by executing a task again.

use talka_primitives::Deal;

use crate::AccountId;

/// The arguments of one task: those of the deal, then the parameter of its own. `lines` is the text of the file of
/// parameters, where the deal has one. `None` where that has too few lines.
pub fn arguments(deal: &Deal<AccountId>, index: u32, lines: Option<&str>) -> Option<Vec<String>> {
    let mut arguments: Vec<_> =
        deal.arguments.iter().map(|argument| argument.to_str().into_owned()).collect();
    arguments.push(deal.parameters.of(index, lines)?);
    Some(arguments)
}
