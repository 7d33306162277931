//! What subxt generates from the runtime's metadata. Private: the rest of the crate gives it names and types that
//! are pleasant to use.
//!
//! `metadata.scale` is written by `scripts/metadata`; `tests/metadata.rs` fails when it is not the runtime's.
//!
//! Types of `talka-primitives` stand in for the generated ones. They bring their own SCALE codec, so nothing looks at
//! the metadata when they are encoded; nor, for the same reason, when types of `wire` are. That is safe because every call and query carries a hash of the *whole*
//! shape it was generated from, and subxt compares that with the node's metadata before it uses it.

#[subxt::subxt(
    runtime_metadata_path = "metadata.scale",
    substitute_type(path = "bounded_collections::bounded_vec::BoundedVec<A>", with = "::std::vec::Vec<A>"),
    substitute_type(
        path = "talka_pallet_orders::types::Match<A, B>",
        with = "::subxt::utils::Static<crate::wire::Match>"
    ),
    substitute_type(
        path = "talka_pallet_orders::types::Named<A>",
        with = "::subxt::utils::Static<crate::wire::Named>"
    ),
    substitute_type(
        path = "talka_pallet_orders::types::PoolSource<A, B>",
        with = "::subxt::utils::Static<crate::wire::PoolSource>"
    ),
    substitute_type(
        path = "talka_pallet_orders::types::Publication<A>",
        with = "::subxt::utils::Static<crate::wire::Publication>"
    ),
    substitute_type(
        path = "talka_primitives::asset::App<A>",
        with = "::subxt::utils::Static<::talka_primitives::App<A>>"
    ),
    substitute_type(
        path = "talka_primitives::asset::Category",
        with = "::subxt::utils::Static<::talka_primitives::Category>"
    ),
    substitute_type(
        path = "talka_primitives::asset::Dataset<A>",
        with = "::subxt::utils::Static<::talka_primitives::Dataset<A>>"
    ),
    substitute_type(
        path = "talka_primitives::asset::Pool<A>",
        with = "::subxt::utils::Static<::talka_primitives::Pool<A>>"
    ),
    substitute_type(
        path = "talka_primitives::asset::PoolPolicy",
        with = "::subxt::utils::Static<::talka_primitives::PoolPolicy>"
    ),
    substitute_type(
        path = "talka_primitives::asset::RuntimeClass",
        with = "::subxt::utils::Static<::talka_primitives::RuntimeClass>"
    ),
    substitute_type(
        path = "talka_primitives::asset::Tags",
        with = "::subxt::utils::Static<::talka_primitives::Tags>"
    ),
    substitute_type(
        path = "talka_primitives::asset::Topic",
        with = "::subxt::utils::Static<::talka_primitives::Topic>"
    ),
    substitute_type(
        path = "talka_primitives::audit::Assurance",
        with = "::subxt::utils::Static<::talka_primitives::audit::Assurance>"
    ),
    substitute_type(
        path = "talka_primitives::audit::AuditRules",
        with = "::subxt::utils::Static<::talka_primitives::audit::AuditRules>"
    ),
    substitute_type(
        path = "talka_primitives::audit::Kind",
        with = "::subxt::utils::Static<::talka_primitives::audit::Kind>"
    ),
    substitute_type(
        path = "talka_primitives::bound::Findings",
        with = "::subxt::utils::Static<::talka_primitives::bound::Findings>"
    ),
    substitute_type(
        path = "talka_primitives::deal::Deal<A>",
        with = "::subxt::utils::Static<::talka_primitives::Deal<A>>"
    ),
    substitute_type(
        path = "talka_primitives::deal::Parameters",
        with = "::subxt::utils::Static<::talka_primitives::Parameters>"
    ),
    substitute_type(
        path = "talka_primitives::filter::AppFilter",
        with = "::subxt::utils::Static<::talka_primitives::filter::AppFilter>"
    ),
    substitute_type(
        path = "talka_primitives::filter::DatasetFilter",
        with = "::subxt::utils::Static<::talka_primitives::filter::DatasetFilter>"
    ),
    substitute_type(
        path = "talka_primitives::filter::PoolFilter",
        with = "::subxt::utils::Static<::talka_primitives::filter::PoolFilter>"
    ),
    substitute_type(
        path = "talka_primitives::group::Group<A>",
        with = "::subxt::utils::Static<::talka_primitives::Group<A>>"
    ),
    substitute_type(
        path = "talka_primitives::id::AppId",
        with = "::subxt::utils::Static<::talka_primitives::AppId>"
    ),
    substitute_type(
        path = "talka_primitives::id::CategoryId",
        with = "::subxt::utils::Static<::talka_primitives::CategoryId>"
    ),
    substitute_type(
        path = "talka_primitives::id::ContentId",
        with = "::subxt::utils::Static<::talka_primitives::ContentId>"
    ),
    substitute_type(
        path = "talka_primitives::id::DatasetId",
        with = "::subxt::utils::Static<::talka_primitives::DatasetId>"
    ),
    substitute_type(
        path = "talka_primitives::election::Rules",
        with = "::subxt::utils::Static<::talka_primitives::election::Rules>"
    ),
    substitute_type(
        path = "talka_primitives::id::DealId",
        with = "::subxt::utils::Static<::talka_primitives::DealId>"
    ),
    substitute_type(
        path = "talka_primitives::id::Digest",
        with = "::subxt::utils::Static<::talka_primitives::Digest>"
    ),
    substitute_type(
        path = "talka_primitives::id::GroupId",
        with = "::subxt::utils::Static<::talka_primitives::GroupId>"
    ),
    substitute_type(
        path = "talka_primitives::id::OrderId",
        with = "::subxt::utils::Static<::talka_primitives::OrderId>"
    ),
    substitute_type(
        path = "talka_primitives::id::PoolId",
        with = "::subxt::utils::Static<::talka_primitives::PoolId>"
    ),
    substitute_type(
        path = "talka_primitives::id::ResultHash",
        with = "::subxt::utils::Static<::talka_primitives::ResultHash>"
    ),
    substitute_type(
        path = "talka_primitives::id::Salt",
        with = "::subxt::utils::Static<::talka_primitives::Salt>"
    ),
    substitute_type(
        path = "talka_primitives::id::Seal",
        with = "::subxt::utils::Static<::talka_primitives::Seal>"
    ),
    substitute_type(
        path = "talka_primitives::id::TaskId",
        with = "::subxt::utils::Static<::talka_primitives::TaskId>"
    ),
    substitute_type(
        path = "talka_primitives::matching::Request<A>",
        with = "::subxt::utils::Static<::talka_primitives::matching::Request<A>>"
    ),
    substitute_type(
        path = "talka_primitives::merit::MeritRules",
        with = "::subxt::utils::Static<::talka_primitives::merit::MeritRules>"
    ),
    substitute_type(
        path = "talka_primitives::order::AppOrder<A>",
        with = "::subxt::utils::Static<::talka_primitives::order::AppOrder<A>>"
    ),
    substitute_type(
        path = "talka_primitives::order::DatasetOrder<A>",
        with = "::subxt::utils::Static<::talka_primitives::order::DatasetOrder<A>>"
    ),
    substitute_type(
        path = "talka_primitives::order::Order<A>",
        with = "::subxt::utils::Static<::talka_primitives::order::Order<A>>"
    ),
    substitute_type(
        path = "talka_primitives::order::PoolOrder<A>",
        with = "::subxt::utils::Static<::talka_primitives::order::PoolOrder<A>>"
    ),
    substitute_type(
        path = "talka_primitives::order::RequestOrder<A>",
        with = "::subxt::utils::Static<::talka_primitives::order::RequestOrder<A>>"
    ),
    substitute_type(
        path = "talka_primitives::order::Shelf",
        with = "::subxt::utils::Static<::talka_primitives::order::Shelf>"
    ),
    substitute_type(
        path = "talka_primitives::task::DeclineReason",
        with = "::subxt::utils::Static<::talka_primitives::task::DeclineReason>"
    ),
    substitute_type(
        path = "talka_primitives::task::Failure",
        with = "::subxt::utils::Static<::talka_primitives::task::Failure>"
    ),
    substitute_type(
        path = "talka_primitives::task::Task<A>",
        with = "::subxt::utils::Static<::talka_primitives::task::Task<A>>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Merit",
        with = "::subxt::utils::Static<::talka_primitives::Merit>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Rate",
        with = "::subxt::utils::Static<::talka_primitives::Rate>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Score",
        with = "::subxt::utils::Static<::talka_primitives::Score>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Share",
        with = "::subxt::utils::Static<::talka_primitives::Share>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Trust",
        with = "::subxt::utils::Static<::talka_primitives::Trust>"
    ),
    substitute_type(
        path = "talka_primitives::unit::Weight",
        with = "::subxt::utils::Static<::talka_primitives::Weight>"
    ),
    substitute_type(
        path = "talka_primitives::view::Assignment<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::Assignment<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::DealView<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::DealView<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::Duties<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::Duties<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::FindingsView",
        with = "::subxt::utils::Static<::talka_primitives::view::FindingsView>"
    ),
    substitute_type(
        path = "talka_primitives::view::Listed<A, B>",
        with = "::subxt::utils::Static<::talka_primitives::view::Listed<A, B>>"
    ),
    substitute_type(
        path = "talka_primitives::view::OrderState",
        with = "::subxt::utils::Static<::talka_primitives::view::OrderState>"
    ),
    substitute_type(
        path = "talka_primitives::view::OrderView<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::OrderView<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::Outcome",
        with = "::subxt::utils::Static<::talka_primitives::view::Outcome>"
    ),
    substitute_type(
        path = "talka_primitives::view::Page<A, B>",
        with = "::subxt::utils::Static<::talka_primitives::view::Page<A, B>>"
    ),
    substitute_type(
        path = "talka_primitives::view::PoolStanding",
        with = "::subxt::utils::Static<::talka_primitives::view::PoolStanding>"
    ),
    substitute_type(
        path = "talka_primitives::view::TaskView<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::TaskView<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::ValidatorView<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::ValidatorView<A>>"
    ),
    substitute_type(
        path = "talka_primitives::view::WorkerView<A>",
        with = "::subxt::utils::Static<::talka_primitives::view::WorkerView<A>>"
    ),
    substitute_type(
        path = "talka_runtime::SessionKeys",
        with = "::subxt::utils::Static<crate::wire::SessionKeys>"
    )
)]
pub mod runtime {}

pub use runtime::*;
