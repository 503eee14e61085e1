//! Phases of a job: scheduled, listing, running, cancelled in each of them, held, retried, ended.

use super::play::play;

#[test]
fn a_listed_job_runs_to_its_end() {
    play(
        "a_listed_job_runs_to_its_end",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2", "f1 to lane 1"),
            ("done 1 f1", "f1 done"),
            ("next 1", "f2 to lane 1"),
            ("settled 1 f1", ""),
            ("done 1 f2", "f2 done"),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
            ("returned a", ""),
            ("settled 1 f2", "end 1"),
        ],
    );
}

#[test]
fn a_job_without_files_ends_at_once() {
    play("a_job_without_files_ends_at_once", &[("take 1", "end 1")]);
}

#[test]
fn files_are_copied_while_the_tree_is_listed() {
    play(
        "files_are_copied_while_the_tree_is_listed",
        &[
            ("take 1 walk", "walk 1"),
            ("added 1 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("done 1 f1", "f1 done"),
            ("settled 1 f1", ""),
            ("next 1", ""),
            ("added 1 1", "claim 128 of 1"),
            ("claimed 1 f2", "f2 to lane 1"),
            ("walked 1", "note 1 listed"),
            ("done 1 f2", "f2 done"),
            ("settled 1 f2", "end 1"),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
        ],
    );
}

#[test]
fn a_tree_that_cannot_be_listed_is_a_failed_file() {
    play(
        "a_tree_that_cannot_be_listed_is_a_failed_file",
        &[
            ("take 1 walk", "walk 1"),
            ("walked 1 refused", "note 1 listed; notice; report 1 refused; record walk 1"),
            ("added 1 0", ""),
            ("walked 1", "note 1 listed; end 1"),
        ],
    );
}

#[test]
fn a_scheduled_job_begins_at_its_time() {
    play(
        "a_scheduled_job_begins_at_its_time",
        &[
            ("take 1 walk at 60", ""),
            ("tick 59", ""),
            ("tick 1", "walk 1"),
            ("walked 1", "note 1 listed; end 1"),
        ],
    );
}

#[test]
fn a_scheduled_job_whose_tree_is_known_waits_as_well() {
    play(
        "a_scheduled_job_whose_tree_is_known_waits_as_well",
        &[
            ("take 1 waiting 1 at 60", ""),
            ("tick 59", ""),
            ("tick 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
        ],
    );
}

#[test]
fn a_scheduled_job_begins_when_the_user_wants() {
    play(
        "a_scheduled_job_begins_when_the_user_wants",
        &[("take 1 walk at 60", ""), ("start 1", "note 1 starts; walk 1"), ("tick 61", "")],
    );
}

#[test]
fn a_move_deletes_its_emptied_directories() {
    play(
        "a_move_deletes_its_emptied_directories",
        &[
            ("take 1 move waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("done 1 f1", "f1 done"),
            ("settled 1 f1", "remove emptied 1"),
            ("walked 1", "end 1"),
        ],
    );
}

#[test]
fn a_retry_while_they_are_deleted_goes_on() {
    play(
        "a_retry_while_they_are_deleted_goes_on",
        &[
            ("take 1 move", "remove emptied 1"),
            (
                "controlled retry 1 waiting 1",
                "allow walk 1; lane 1 for 1; lane 2 for 1; claim 128 of 1",
            ),
            ("walked 1", ""),
        ],
    );
}

#[test]
fn cancel_scheduled() {
    play(
        "cancel_scheduled",
        &[
            ("take 1 walk at 60", ""),
            (
                "cancel 1",
                "note 1 cancelled; stop walk 1; note 1 listed; report 1 cancelled; record walk 1",
            ),
            ("added 1 0", ""),
            ("walked 1", "note 1 listed; end 1"),
        ],
    );
}

#[test]
fn cancel_scheduled_with_files() {
    play(
        "cancel_scheduled_with_files",
        &[
            ("take 1 waiting 1 at 60", ""),
            ("cancel 1", "note 1 cancelled; stop walk 1; claim 500 (all) of 1"),
            ("claimed 1 f1", "f1 cancelled"),
            ("settled 1 f1", "end 1"),
        ],
    );
}

#[test]
fn cancel_walking() {
    play(
        "cancel_walking",
        &[
            ("take 1 walk", "walk 1"),
            ("added 1 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("claimed 1 f1 f2", "f1 cancelled; f2 cancelled"),
            ("walked 1 cancelled", "note 1 listed; report 1 cancelled; record walk 1"),
            ("added 1 0", ""),
            ("walked 1", "note 1 listed"),
            ("settled 1 f1", ""),
            ("settled 1 f2", "end 1"),
        ],
    );
}

#[test]
fn cancel_running() {
    play(
        "cancel_running",
        &[
            ("take 1 waiting 3", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2 waiting 1", "f1 to lane 1; claim 127 of 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1; cancel f1; f2 cancelled"),
            ("failed 1 f1 cancelled", "f1 cancelled"),
            ("settled 1 f2 waiting 1", ""),
            ("claimed 1 f3", "f3 cancelled"),
            ("settled 1 f1", ""),
            ("next 1", "dismiss 1"),
            ("settled 1 f3", "end 1"),
        ],
    );
}

#[test]
fn cancel_draining_changes_nothing() {
    play(
        "cancel_draining_changes_nothing",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("claimed 1 f1", "f1 cancelled"),
            ("settled 1 f1", "end 1"),
        ],
    );
}

#[test]
fn cancel_emptying() {
    play(
        "cancel_emptying",
        &[
            ("take 1 move", "remove emptied 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("walked 1", "note 1 listed; remove emptied 1"),
            ("walked 1", "end 1"),
        ],
    );
}

#[test]
fn cancel_ended_is_only_noted() {
    play("cancel_ended_is_only_noted", &[("take 1", "end 1"), ("cancel 1", "note 1 cancelled")]);
}

#[test]
fn a_cancelled_job_of_an_earlier_run_is_cancelled_to_its_end() {
    play(
        "a_cancelled_job_of_an_earlier_run_is_cancelled_to_its_end",
        &[
            ("take 1 walk cancelled stale waiting 1", "walk 1; stop walk 1; claim 500 (all) of 1"),
            ("claimed 1 f1", "f1 cancelled"),
            ("settled 1 f1", ""),
            ("walked 1 cancelled", "note 1 listed; report 1 cancelled; record walk 1"),
            ("walked 1", "note 1 listed; end 1"),
        ],
    );
}

#[test]
fn hold_gives_ready_files_back_and_release_goes_on() {
    play(
        "hold_gives_ready_files_back_and_release_goes_on",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1 f2", "f1 to lane 1"),
            ("hold 1", "note 1 held; f2 waits, 0 tries"),
            ("settled 1 f2 waiting 1", ""),
            ("done 1 f1", "f1 done"),
            ("next 1", "dismiss 1"),
            ("over 1", ""),
            ("settled 1 f1 waiting 1", ""),
            ("release 1", "note 1 released; claim 128 of 1"),
            ("next 2", ""),
            ("claimed 1 f2", "f2 to lane 2"),
        ],
    );
}

#[test]
fn a_held_job_does_not_begin() {
    play(
        "a_held_job_does_not_begin",
        &[
            ("take 1 held waiting 1", ""),
            ("release 1", "note 1 released; lane 1 for 1; lane 2 for 1; claim 128 of 1"),
        ],
    );
}

#[test]
fn held_while_the_store_hands_out() {
    play(
        "held_while_the_store_hands_out",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("hold 1", "note 1 held"),
            ("claimed 1 f1 f2", "f1 waits, 0 tries; f2 waits, 0 tries"),
            ("settled 1 f1 waiting 1", ""),
            ("settled 1 f2 waiting 2", ""),
        ],
    );
}

#[test]
fn retry_revives_an_ended_job() {
    play(
        "retry_revives_an_ended_job",
        &[
            ("take 1", "end 1"),
            ("retry 1", "store: retry"),
            (
                "controlled retry 1 waiting 1",
                "allow walk 1; lane 1 for 1; lane 2 for 1; claim 128 of 1",
            ),
        ],
    );
}

#[test]
fn retry_while_draining_goes_on() {
    play(
        "retry_while_draining_goes_on",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
            ("controlled retry 1 waiting 1", "allow walk 1"),
            ("unclaimed 1", ""),
            ("tick 5", "claim 128 of 1"),
        ],
    );
}

#[test]
fn a_priority_moves_among_open_jobs() {
    play(
        "a_priority_moves_among_open_jobs",
        &[
            ("take 1 held waiting 1 priority 3", ""),
            ("take 2 held waiting 1 priority 5", ""),
            ("up 1", "note 1 priority 4"),
            ("top 1", "note 1 priority 6"),
            ("bottom 1", "note 1 priority 4"),
            ("down 7", "note 7 moves -1"),
        ],
    );
}

#[test]
fn the_users_change_reaches_files_on_their_way() {
    play(
        "the_users_change_reaches_files_on_their_way",
        &[
            ("take 1 waiting 2", "lane 1 for 1; lane 2 for 1; lane 3 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("hold 1 f2", "store: hold"),
            ("claimed 1 f1 f2", "f1 waits, 0 tries; f2 waits, 0 tries; store: hold; dismiss 1"),
            ("settled 1 f1 waiting 1", "claim 128 of 1"),
        ],
    );
}

#[test]
fn a_release_after_a_hold_reaches_files_on_their_way() {
    play(
        "a_release_after_a_hold_reaches_files_on_their_way",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("hold 1 f1", "store: hold"),
            ("release 1 f1", "store: release"),
            ("claimed 1 f1", "f1 waits, 0 tries; store: hold; store: release; dismiss 1"),
        ],
    );
}

#[test]
fn a_cancelled_file_is_not_tried_again() {
    play(
        "a_cancelled_file_is_not_tried_again",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("next 1", ""),
            ("claimed 1 f1", "f1 to lane 1"),
            ("cancel 1 f1", "cancel f1; store: cancel"),
            ("failed 1 f1 passing", "f1 failed"),
        ],
    );
}

#[test]
fn a_job_that_is_forgotten_is_gone() {
    play(
        "a_job_that_is_forgotten_is_gone",
        &[("take 1", "end 1"), ("forget 1", ""), ("retry 1", "store: retry")],
    );
}

#[test]
fn an_open_job_is_not_forgotten() {
    play(
        "an_open_job_is_not_forgotten",
        &[
            ("take 1 waiting 1", "lane 1 for 1; lane 2 for 1; claim 128 of 1"),
            ("forget 1", ""),
            ("cancel 1", "note 1 cancelled; stop walk 1"),
        ],
    );
}

#[test]
fn a_site_never_reached_is_not_waited_for() {
    play(
        "a_site_never_reached_is_not_waited_for",
        &[
            ("take 1 walk", "walk 1"),
            ("opened a connect", "notice; report 1 connect"),
            ("await 7 1 a", "stop 7"),
            ("walked 1 cancelled", "note 1 listed; report 1 cancelled; record walk 1"),
        ],
    );
}
