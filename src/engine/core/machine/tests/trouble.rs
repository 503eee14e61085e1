//! Failures, sites that are away or full, and the end of the program in each phase.

use super::play::play;

#[test]
fn passing_failures_are_tried_again_and_then_final() {
    play(
        "passing_failures_are_tried_again_and_then_final",
        &[
            ("take 1 waiting 1 parallel 1", "lane 1 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 passing", "f1 later, 1 tries"),
            ("settled 1 f1 waiting 1", "claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 lasting", "f1 failed"),
            ("settled 1 f1", "end 1"),
        ],
    );
}

#[test]
fn a_busy_file_waits() {
    play(
        "a_busy_file_waits",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 busy", "f1 later, 1 tries"),
        ],
    );
}

#[test]
fn unreached_is_no_try() {
    play(
        "unreached_is_no_try",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 unreached", "f1 waits, 0 tries"),
        ],
    );
}

#[test]
fn a_site_lost_and_back() {
    play(
        "a_site_lost_and_back",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("opened b", ""),
            ("opened b connect", "b: unreachable, retrying"),
            ("over 1 connect", ""),
            ("returned a", ""),
            ("returned b", ""),
            ("tick 1", "lane 3 for 1"),
            ("opened b", "b: reachable again"),
            ("next 2", ""),
        ],
    );
}

#[test]
fn a_site_that_stays_away_is_given_up() {
    play(
        "a_site_that_stays_away_is_given_up",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("opened b", ""),
            ("opened b connect", "b: unreachable, retrying"),
            ("over 1 connect", ""),
            ("returned a", ""),
            ("returned b", ""),
            ("tick 31", "lane 3 for 1"),
            ("opened b connect", "notice; report 1 connect"),
            ("claimed 1 f1", "f1 failed"),
            ("settled 1 f1", "end 1"),
        ],
    );
}

#[test]
fn another_job_goes_on_when_a_site_is_away() {
    play(
        "another_job_goes_on_when_a_site_is_away",
        &[
            ("take 1 waiting 1 on a b", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("opened b", ""),
            ("opened b connect", "b: unreachable, retrying"),
            ("take 2 waiting 1 on a c", "lane 3 for 2; claim 128 of 2"),
        ],
    );
}

#[test]
fn a_wrong_password_ends_the_job() {
    play(
        "a_wrong_password_ends_the_job",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("over 1 login", "notice; report 1 login"),
            ("claimed 1 f1 f2", "f1 failed; f2 failed"),
            ("settled 1 f1", ""),
            ("settled 1 f2", "end 1"),
        ],
    );
}

#[test]
fn a_wrong_password_with_files_under_way() {
    play(
        "a_wrong_password_with_files_under_way",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2", "f1 to lane 1"),
            ("over 2 login", "notice; report 1 login; cancel f1; f2 failed"),
            ("failed 1 f1 cancelled", "f1 failed"),
        ],
    );
}

#[test]
fn a_server_that_takes_fewer_sessions() {
    play(
        "a_server_that_takes_fewer_sessions",
        &[
            ("take 1 waiting 100", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("opened b full", "notice"),
            ("over 3", ""),
            ("returned a", ""),
            ("returned b", ""),
            ("tick 60", ""),
        ],
    );
}

#[test]
fn a_copy_within_a_site_that_bears_one_session_ends() {
    play(
        "a_copy_within_a_site_that_bears_one_session_ends",
        &[
            ("take 1 waiting 1 on a a", "lane 1 for 1; claim 128 of 1"),
            (
                "opened a full",
                "notice; notice; report 1 it accepts only one connection, and this needs two",
            ),
            ("claimed 1 f1", "f1 failed"),
            ("settled 1 f1", "end 1"),
        ],
    );
}

#[test]
fn a_full_target_waits_for_space() {
    play(
        "a_full_target_waits_for_space",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2", "f1 to lane 1"),
            ("failed 1 f1 full", "b: no space left, retrying; f1 waits, 1 tries"),
            ("next 1", "f2 to lane 1"),
            ("done 1 f2", "b: has space again; f2 done"),
        ],
    );
}

#[test]
fn what_goes_to_a_full_target_waits() {
    play(
        "what_goes_to_a_full_target_waits",
        &[
            ("take 1 waiting 1 parallel 1", "lane 1 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 full", "b: no space left, retrying; f1 waits, 1 tries"),
            ("take 2 waiting 1 on c b", ""),
            ("take 3 waiting 1 on c d", "lane 2 for 3; lane 3 for 3; claim 128 of 3"),
            ("tick 1", "lane 4 for 2; claim 128 of 2"),
        ],
    );
}

#[test]
fn a_target_that_stays_full_is_given_up() {
    play(
        "a_target_that_stays_full_is_given_up",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 full", "b: no space left, retrying; f1 waits, 1 tries"),
            ("settled 1 f1 waiting 1", "claim 128 of 1"),
            ("tick 31", ""),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("failed 1 f1 full", "notice; report 1 why; f1 failed"),
        ],
    );
}

#[test]
fn a_walk_waits_for_its_site() {
    play(
        "a_walk_waits_for_its_site",
        &[
            ("take 1 walk", "walk 1"),
            ("opened a", ""),
            ("opened a connect", "a: unreachable, retrying"),
            ("await 7 1 a", ""),
            ("tick 1", "wake 7"),
        ],
    );
}

#[test]
fn a_walk_does_not_wait_for_a_cancelled_job() {
    play(
        "a_walk_does_not_wait_for_a_cancelled_job",
        &[
            ("take 1 walk", "walk 1"),
            ("opened a", ""),
            ("opened a connect", "a: unreachable, retrying"),
            ("await 7 1 a", ""),
            ("cancel 1", "note 1 cancelled; stop walk 1; stop 7"),
        ],
    );
}

#[test]
fn shutdown_scheduled() {
    play("shutdown_scheduled", &[("take 1 walk at 60", ""), ("shutdown", "stop walk 1")]);
}

#[test]
fn shutdown_walking() {
    play(
        "shutdown_walking",
        &[
            ("take 1 walk", "walk 1"),
            ("shutdown", "stop walk 1"),
            ("walked 1 cancelled", "report 1 cancelled"),
        ],
    );
}

#[test]
fn shutdown_running() {
    play(
        "shutdown_running",
        &[
            ("take 1 waiting 3", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2 waiting 1", "f1 to lane 1; claim 127 of 1"),
            ("shutdown", "stop walk 1; interrupt f1; f2 waits, 0 tries"),
            ("failed 1 f1 passing", "f1 waits, 1 tries"),
            ("settled 1 f2 waiting 2", ""),
            ("settled 1 f1 waiting 3", ""),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
        ],
    );
}

#[test]
fn shutdown_lets_a_finished_file_count() {
    play(
        "shutdown_lets_a_finished_file_count",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("shutdown", "stop walk 1; interrupt f1"),
            ("done 1 f1", "f1 done"),
            ("settled 1 f1", ""),
        ],
    );
}

#[test]
fn shutdown_while_the_store_hands_out() {
    play(
        "shutdown_while_the_store_hands_out",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("shutdown", "stop walk 1; dismiss 1"),
            ("claimed 1 f1 f2", "f1 waits, 0 tries; f2 waits, 0 tries"),
            ("settled 1 f1 waiting 1", ""),
            ("settled 1 f2 waiting 2", ""),
        ],
    );
}

#[test]
fn shutdown_keeps_what_the_user_has_cancelled() {
    play(
        "shutdown_keeps_what_the_user_has_cancelled",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("cancel 1 f1", "cancel f1; store: cancel"),
            ("shutdown", "stop walk 1"),
            ("failed 1 f1 cancelled", "f1 cancelled"),
        ],
    );
}

#[test]
fn shutdown_draining() {
    play(
        "shutdown_draining",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("shutdown", "stop walk 1"),
            ("claimed 1 f1 f2", "f1 cancelled; f2 cancelled"),
            ("settled 1 f1", ""),
            ("settled 1 f2", ""),
        ],
    );
}

#[test]
fn shutdown_emptying() {
    play(
        "shutdown_emptying",
        &[("take 1 move", "remove emptied 1"), ("shutdown", "stop walk 1"), ("walked 1", "end 1")],
    );
}

#[test]
fn shutdown_stops_waiting_walks() {
    play(
        "shutdown_stops_waiting_walks",
        &[
            ("take 1 walk", "walk 1"),
            ("opened a", ""),
            ("opened a connect", "a: unreachable, retrying"),
            ("await 7 1 a", ""),
            ("shutdown", "stop walk 1; stop 7"),
        ],
    );
}

#[test]
fn a_job_taken_over_is_looked_at_again() {
    play(
        "a_job_taken_over_is_looked_at_again",
        &[("take 1 stale waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"), ("next 1", "")],
    );
}
