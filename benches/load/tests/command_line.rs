//! What the program says before it measures.

use std::process::Command;

#[test]
fn a_report_that_has_no_place_is_refused_before_anything_is_measured() {
    for report in ["--json", "--html"] {
        let mut load = Command::new(env!("CARGO_BIN_EXE_bennu-load"));
        load.args(["echo", report, "no such folder/report"]);
        let output = load.output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(
            said.starts_with("bennu-load: no such folder/report: "),
            "{said}"
        );
    }
}
