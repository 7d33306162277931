//! What the command line shows as the hint of an error.

#[test]
fn explains_every_error() {
    let metadata = subxt::Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap();
    for pallet in ["Audit", "Groups", "Marketplace", "Orders", "Poco", "Stake", "Validators"] {
        let errors = metadata.pallet_by_name(pallet).unwrap().error_variants().unwrap();
        assert!(!errors.is_empty());
        for error in errors {
            let text = error.docs.join(" ");
            assert!(text.trim().ends_with('.'), "{pallet}.{} says: {text:?}", error.name);
        }
    }
}
