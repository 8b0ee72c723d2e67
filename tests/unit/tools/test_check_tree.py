from __future__ import annotations

import check_tree

SHORT = "def f() -> None:\n    pass\n"


def python_function(lines: int) -> str:
    return "def long() -> None:\n" + "    x = 1\n" * (lines - 1)


def test_a_registry_host_is_found_with_its_place() -> None:
    host = "py" + "pi.org"
    assert list(check_tree.places("lock.txt", f"a\n--index-url https://{host}/simple\n")) == [
        f"lock.txt:2: names the registry {host!r}; leave it out"
    ]


def test_a_machine_path_is_found_and_a_relative_one_is_not() -> None:
    path = "/" + "root/notes"
    assert list(check_tree.places("a.py", f'open("{path}")'))
    assert list(check_tree.places("a.py", 'open("../work/notes"); open("home/x")')) == []


def test_a_docstring_does_not_make_a_function_long() -> None:
    text = 'def f() -> int:\n    """One.\n\n    Two.\n    """\n    return 1\n'
    assert list(check_tree.python_functions(text)) == [("f", 2)]


def test_rust_functions_are_measured_and_declarations_are_not() -> None:
    text = """\
impl Book {
    pub fn best(&self) -> i64 {
        1
    }
    fn nothing() {}
}
trait Feed {
    fn next(
        &self,
        at: i64,
    ) -> i64;
    fn last(&self) -> i64;
    fn first(&self) -> i64
    where
        Self: Sized,
    {
        2
    }
}
"""
    assert list(check_tree.rust_functions(text)) == [("best", 3), ("nothing", 1), ("first", 6)]


def test_too_many_long_functions_are_named() -> None:
    findings = list(check_tree.sizes({"a.py": SHORT, "b.py": python_function(71)}))
    assert findings[1:] == ["  71 lines, b.py: long"]


def test_one_long_function_in_many_is_allowed() -> None:
    files = {f"{i}.py": SHORT for i in range(100)}
    assert list(check_tree.sizes({**files, "b.py": python_function(71)})) == []


def test_too_many_long_files_are_named() -> None:
    findings = list(check_tree.sizes({"a.py": SHORT, "b.py": "x = 1\n" * 501}))
    assert findings[1:] == ["  501 lines, b.py"]


def test_ignored_rust_tests_are_run_by_a_target() -> None:
    makefile = "SLOW_RUST := crashes kills\n"
    slow = '#[test]\n#[ignore = "slow: minutes"]\nfn f() {}\n'
    files = {"crates/sim/tests/kills.rs": slow, "crates/book/src/lib.rs": "fn f() {}\n"}
    assert list(check_tree.unnamed_slow_tests(makefile, files)) == []
    assert len(list(check_tree.unnamed_slow_tests("", files))) == 1
    assert len(list(check_tree.unnamed_slow_tests(makefile, {"crates/book/src/a.rs": slow}))) == 1
