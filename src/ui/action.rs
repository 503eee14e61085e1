//! Everything that a key can do: one action, one line of [`TABLE`].
//!
//! Keymap, help overlay, command palette and menu are made from this table; `assets/keymap.toml`
//! is its default keys written out for users, and a test proves that both say the same.

/// Where a key is looked up: the part of the screen that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The two directory panes.
    Panes,
    /// The panel below them: queue, log, failed.
    Queue,
    /// A text to read: help, facts, a server's answer.
    Text,
    /// A list to choose from, narrowed by typing: sites, commands.
    List,
    /// A dialog with fields and buttons.
    Form,
    /// A choice or a row of buttons inside a dialog.
    Buttons,
    /// A line of text being typed.
    Edit,
}

impl Context {
    /// All contexts, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Panes, Self::Queue, Self::Text, Self::List, Self::Form, Self::Buttons, Self::Edit];

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Panes => "panes",
            Self::Queue => "queue panel",
            Self::Text => "texts",
            Self::List => "lists",
            Self::Form => "dialogs",
            Self::Buttons => "choices",
            Self::Edit => "typing",
        }
    }
}

/// What belongs together in help and menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Moving about.
    Move,
    /// Directories and servers.
    Place,
    /// Choosing files.
    Select,
    /// Doing something with files.
    Files,
    /// How panes show things.
    View,
    /// The queue and the log.
    Queue,
    /// The program.
    Program,
    /// Lists, dialogs and typing.
    Dialogs,
}

impl Group {
    /// All groups, in the order of menu and help.
    pub const ALL: [Self; 8] = [
        Self::Files,
        Self::Select,
        Self::Place,
        Self::View,
        Self::Queue,
        Self::Program,
        Self::Move,
        Self::Dialogs,
    ];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Place => "Go",
            Self::Select => "Select",
            Self::Files => "Files",
            Self::View => "View",
            Self::Queue => "Queue",
            Self::Program => "Program",
            Self::Dialogs => "Lists, dialogs, typing",
        }
    }
}

/// One line of [`TABLE`].
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The action.
    pub action: Action,
    /// Its name in `keymap.toml` and in the palette.
    pub name: &'static str,
    /// What it does, for help and menu.
    pub help: &'static str,
    /// Where help and menu list it.
    pub group: Group,
    /// Where its keys work.
    pub contexts: &'static [Context],
    /// Its default keys.
    pub keys: &'static [&'static str],
}

macro_rules! actions {
    ($($group:ident: { $($action:ident $name:literal $help:literal [$($context:ident)+] [$($key:literal)*])* })*) => {
        /// Something that a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[doc = $help] $action,)*)*
        }

        /// All actions.
        pub const TABLE: &[Line] = &[
            $($(Line {
                action: Action::$action,
                name: $name,
                help: $help,
                group: Group::$group,
                contexts: &[$(Context::$context),+],
                keys: &[$($key),*],
            },)*)*
        ];
    };
}

actions! {
    Move: {
        CursorUp "cursor-up" "one line up" [Panes Queue Text] ["Up" "k"]
        CursorDown "cursor-down" "one line down" [Panes Queue Text] ["Down" "j"]
        PageUp "page-up" "one page up" [Panes Queue Text] ["PgUp" "Ctrl-B"]
        PageDown "page-down" "one page down" [Panes Queue Text] ["PgDn" "Ctrl-F"]
        HalfUp "half-page-up" "half a page up" [Panes Queue Text] ["Ctrl-U"]
        HalfDown "half-page-down" "half a page down" [Panes Queue Text] ["Ctrl-D"]
        First "first" "to the first line" [Panes Queue Text] ["Home" "g g"]
        Last "last" "to the last line" [Panes Queue Text] ["End" "G"]
        OtherPane "other-pane" "to the other pane" [Panes Queue] ["Tab"]
        FocusQueue "focus-queue" "to the queue panel and back" [Panes Queue] ["F12" "Ctrl-W"]
    }
    Place: {
        Open "open" "open the directory, or show the facts of a file" [Panes] ["Enter" "l" "Right"]
        Parent "parent" "to the directory above" [Panes] ["Backspace" "h" "Left"]
        Back "back" "to the directory shown before" [Panes] ["Alt-Left" "b"]
        Forward "forward" "undo back" [Panes] ["Alt-Right"]
        GoTo "go-to" "go to a path" [Panes] ["g d" "Alt-c"]
        Root "root" "to the root directory" [Panes] ["\\" "g r"]
        Start "start-directory" "to the directory that the login leads to" [Panes] ["~" "g h"]
        Sites "sites" "choose one of your sites" [Panes Queue] ["F2"]
        Connect "connect" "open an address: URL, SITE:PATH or a local path" [Panes] ["o" "Ctrl-O"]
        Disconnect "disconnect" "close the idle connections of this site" [Panes] ["X"]
        SameDirectory "same-directory" "show this directory in the other pane too" [Panes] ["=" "Alt-i"]
        OpenOther "open-in-other" "open the directory under the cursor in the other pane" [Panes] ["Alt-o" "Alt-Enter"]
        SwapPanes "swap-panes" "swap the panes" [Panes] ["w"]
        Refresh "refresh" "read the directory again" [Panes] ["Ctrl-R"]
        Cancel "cancel" "stop waiting; else show everything again" [Panes Queue] ["Esc"]
    }
    Select: {
        Select "select" "select or unselect, and go on" [Panes] ["Space" "Insert"]
        SelectInvert "select-invert" "invert the selection of files" [Panes] ["*"]
        SelectPattern "select-pattern" "select by pattern" [Panes] ["+"]
        UnselectPattern "unselect-pattern" "unselect by pattern" [Panes] ["-"]
        SelectAll "select-all" "select everything" [Panes] ["Ctrl-A"]
        SelectNone "select-none" "select nothing" [Panes] ["u"]
    }
    Files: {
        Copy "copy" "copy to the other pane" [Panes] ["F5" "c"]
        Move "move" "move to the other pane; rename when both show the same" [Panes] ["F6" "m"]
        Rename "rename" "rename" [Panes] ["Shift-F6" "r"]
        MakeDir "make-directory" "make a directory" [Panes] ["F7" "M"]
        Delete "delete" "delete" [Panes] ["F8" "Del" "d d"]
        View "view" "look into a file; the facts of anything else" [Panes] ["F3"]
        Edit "edit" "edit a file with your editor" [Panes] ["F4" "e"]
        Info "info" "show the facts of an entry" [Panes] ["i"]
        Doctor "doctor" "examine the ways between the sites of both panes" [Panes] ["W"]
        Mirror "mirror" "make the other directory like this one; shows what first" [Panes] ["Y"]
        Compare "compare" "select what differs between the panes" [Panes] ["D"]
        Chmod "permissions" "change permissions" [Panes] ["P"]
        Raw "raw" "send a command to the server" [Panes] ["!"]
    }
    View: {
        Find "find" "find a name; jumps while you type" [Panes] ["/"]
        FindNext "find-next" "to the next name found" [Panes] ["n"]
        FindPrevious "find-previous" "to the previous name found" [Panes] ["N"]
        Filter "filter" "show only names that have a text in them" [Panes] ["f"]
        Hidden "hidden" "show or hide names that begin with a dot" [Panes] ["." "Alt-."]
        SortName "sort-name" "sort by name" [Panes] ["s n"]
        SortExtension "sort-extension" "sort by the end of the name" [Panes] ["s e"]
        SortSize "sort-size" "sort by size" [Panes] ["s s"]
        SortTime "sort-time" "sort by time" [Panes] ["s t"]
        SortReverse "sort-reverse" "turn the order round" [Panes] ["s r"]
        WiderLeft "wider-left" "more room for the left pane" [Panes] [">"]
        WiderRight "wider-right" "more room for the right pane" [Panes] ["<"]
        GrowQueue "grow-queue" "more room for the queue panel" [Panes Queue] ["Alt-Up" "Ctrl-Up"]
        ShrinkQueue "shrink-queue" "less room for the queue panel" [Panes Queue] ["Alt-Down" "Ctrl-Down"]
    }
    Queue: {
        Pause "pause" "begin no more transfers, or go on" [Panes Queue] ["p"]
        Jobs "jobs" "go on with interrupted jobs, or forget them" [Panes Queue] ["I"]
        NextTab "next-tab" "to the next tab of the panel" [Queue] ["Right" "l" "]"]
        PreviousTab "previous-tab" "to the previous tab of the panel" [Queue] ["Left" "h" "["]
        ShowQueue "show-queue" "show the queue" [Queue] ["1"]
        ShowJobs "show-jobs" "show the jobs, one a line" [Queue] ["2"]
        ShowLog "show-log" "show the log" [Queue] ["3"]
        ShowFailed "show-failed" "show what failed" [Queue] ["4"]
        LineOpen "line-open" "the files of a job; all that is known of a file" [Queue] ["Enter"]
        ItemInfo "item-info" "all that is known of the line" [Queue] ["F3" "i"]
        ItemCancel "item-cancel" "cancel what is waiting or running" [Queue] ["x" "F8" "Del"]
        JobCancel "job-cancel" "cancel the whole job of the line" [Queue] ["D"]
        JobHold "job-hold" "hold back the whole job of the line, or let go" [Queue] ["O"]
        JobRaise "job-earlier" "the whole job of the line before others" [Queue] ["+"]
        JobLower "job-later" "the whole job of the line after others" [Queue] ["-"]
        LanesMore "lanes-more" "one more file side by side for the job of the line" [Queue] [">"]
        LanesFewer "lanes-fewer" "one file less side by side for the job of the line" [Queue] ["<"]
        JobRun "job-run" "go on with the waiting or interrupted job of the line" [Queue] ["a"]
        ItemSelect "item-select" "select or unselect the line, and go on" [Queue] ["Space" "Insert"]
        ItemSelectAll "item-select-all" "select all lines that are shown" [Queue] ["Ctrl-A"]
        ItemUnselect "item-unselect" "select no line" [Queue] ["u"]
        QueueFilter "queue-filter" "choose which lines are shown" [Queue] ["f"]
        QueueFind "queue-find" "show only lines that have a text" [Queue] ["/"]
        QueueJob "queue-job" "show only the job of the line, or all again" [Queue] ["="]
        ItemHold "item-hold" "hold back, or let go" [Queue] ["H" "o"]
        ItemRetry "item-retry" "try again" [Queue] ["r"]
        ItemUp "item-up" "before its neighbour" [Queue] ["K" "Shift-Up"]
        ItemDown "item-down" "after its neighbour" [Queue] ["J" "Shift-Down"]
        ItemTop "item-top" "before all that waits" [Queue] ["T"]
        ItemBottom "item-bottom" "after all that waits" [Queue] ["B"]
        ItemClear "item-clear" "take the ended line out of the list" [Queue] ["c"]
        ClearEnded "clear-ended" "take all that has ended out of the list" [Queue] ["C"]
        RetryFailed "retry-failed" "try again all that failed" [Queue] ["R"]
        CancelAll "cancel-all" "cancel all that waits or runs" [Queue] ["X"]
        QueueExport "queue-export" "write the queue into a file" [Queue] ["E"]
        LogSite "log-site" "show the log of one site, of the next, of all" [Queue] ["s"]
    }
    Program: {
        Help "help" "what the keys do" [Panes Queue] ["F1" "?"]
        Menu "menu" "all commands by group" [Panes Queue] ["F9"]
        Palette "palette" "find a command by its name" [Panes Queue] [":"]
        Redraw "redraw" "draw the screen anew" [Panes Queue] ["Ctrl-L"]
        Quit "quit" "quit" [Panes Queue] ["F10" "q" "Ctrl-C"]
    }
    Dialogs: {
        Close "close" "close the text" [Text] ["Esc" "q" "F10" "Enter" "Ctrl-C"]
        ListUp "list-up" "one line up in a list" [List] ["Up" "Ctrl-P"]
        ListDown "list-down" "one line down in a list" [List] ["Down" "Ctrl-N"]
        ListPageUp "list-page-up" "one page up in a list" [List] ["PgUp"]
        ListPageDown "list-page-down" "one page down in a list" [List] ["PgDn"]
        ListFold "list-fold" "close a folder" [List] ["Left"]
        ListUnfold "list-unfold" "open a folder" [List] ["Right"]
        ListAccept "list-accept" "take the line" [List] ["Enter"]
        ListAcceptOther "list-accept-other" "take the line for the other pane" [List] ["Tab" "Alt-Enter"]
        SiteAdd "site-add" "a new site, in the list of sites" [List] ["Insert"]
        SiteEdit "site-edit" "change the site of the line" [List] ["F4"]
        SiteRemove "site-remove" "remove the site of the line" [List] ["F8"]
        SiteTest "site-test" "log in to the site of the line" [List] ["F3"]
        SiteImport "site-import" "take over the sites of another program" [List] ["F6"]
        SiteSave "site-save" "save the site, in its settings" [List] ["F2" "Ctrl-S"]
        ListClose "list-close" "close the list" [List] ["Esc" "F10" "Ctrl-C"]
        Accept "accept" "do it" [Form] ["Enter"]
        Dismiss "dismiss" "do not" [Form] ["Esc" "F10" "Ctrl-C"]
        NextField "next-field" "to the next field" [Form] ["Tab" "Down"]
        PreviousField "previous-field" "to the previous field" [Form] ["Shift-Tab" "Up"]
        NextChoice "next-choice" "to the next choice" [Buttons] ["Right" "Space"]
        PreviousChoice "previous-choice" "to the previous choice" [Buttons] ["Left"]
        EditLeft "edit-left" "one character left" [Edit] ["Left" "Ctrl-B"]
        EditRight "edit-right" "one character right" [Edit] ["Right" "Ctrl-F"]
        EditWordLeft "edit-word-left" "one word left" [Edit] ["Ctrl-Left" "Alt-b"]
        EditWordRight "edit-word-right" "one word right" [Edit] ["Ctrl-Right" "Alt-f"]
        EditHome "edit-home" "to the start of the line" [Edit] ["Home" "Ctrl-A"]
        EditEnd "edit-end" "to the end of the line" [Edit] ["End" "Ctrl-E"]
        EditBackspace "edit-backspace" "delete the character before" [Edit] ["Backspace" "Ctrl-H"]
        EditDelete "edit-delete" "delete the character under the cursor" [Edit] ["Del" "Ctrl-D"]
        EditKillWord "edit-kill-word" "delete the word before" [Edit] ["Ctrl-W" "Alt-Backspace"]
        EditKillLine "edit-kill-line" "delete the line" [Edit] ["Ctrl-U"]
        EditKillEnd "edit-kill-end" "delete to the end of the line" [Edit] ["Ctrl-K"]
        EditOlder "edit-older" "the line typed before; while finding, the name before" [Edit] ["Up" "Ctrl-P"]
        EditNewer "edit-newer" "the line typed after; while finding, the next name" [Edit] ["Down" "Ctrl-N"]
    }
}

impl Action {
    /// Its line of the table.
    ///
    /// The table is made by the same macro as the enum, in the same order.
    #[must_use]
    pub fn line(self) -> &'static Line {
        &TABLE[self as usize]
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|line| line.name == name).map(|line| line.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn lines_stand_where_the_enum_says() {
        for line in TABLE {
            assert_eq!(line.action.line().name, line.name);
            assert_eq!(Action::named(line.name), Some(line.action));
        }
    }

    #[test]
    fn names_are_unique_and_helps_are_short_phrases() {
        let names: BTreeSet<_> = TABLE.iter().map(|line| line.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for line in TABLE {
            assert!(!line.help.ends_with('.') && line.help.len() <= 60, "{}", line.help);
            assert!(line.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
