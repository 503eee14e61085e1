//! Everything that a key can do: one line of [`TABLE`] per action.
//!
//! The keymap, the help, the command palette and the menu are built from this table.
//! `assets/keymap.toml` lists the default keys for users; a test compares the two.

/// Where a key is looked up: the part of the screen that has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyContext {
    /// The two directory panes.
    Panes,
    /// The queue panel: queue, jobs, log, failed.
    Queue,
    /// A text dialog: help, properties, a server's reply.
    Text,
    /// A list that typing filters: sites, commands.
    List,
    /// A dialog with fields and buttons.
    Form,
    /// A row of choices or buttons in a dialog.
    Buttons,
    /// A line of text input.
    Edit,
}

impl KeyContext {
    /// All contexts, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Panes, Self::Queue, Self::Text, Self::List, Self::Form, Self::Buttons, Self::Edit];

    /// The name that the user sees.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Panes => "panes",
            Self::Queue => "queue panel",
            Self::Text => "text viewer",
            Self::List => "lists",
            Self::Form => "dialogs",
            Self::Buttons => "buttons",
            Self::Edit => "text input",
        }
    }
}

/// The sections of help and menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// Moving the cursor and the focus.
    Move,
    /// Opening directories and servers.
    Go,
    /// Selecting files.
    Select,
    /// Copying, deleting and other file operations.
    Files,
    /// What the panes show.
    View,
    /// The queue and the log.
    Queue,
    /// The program itself: help, quit.
    Program,
    /// Lists, dialogs and text input.
    Dialogs,
}

impl Group {
    /// All groups, in the order of menu and help.
    pub const ALL: [Self; 8] = [
        Self::Files,
        Self::Select,
        Self::Go,
        Self::View,
        Self::Queue,
        Self::Program,
        Self::Move,
        Self::Dialogs,
    ];

    /// The heading of the section.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Go => "Go",
            Self::Select => "Select",
            Self::Files => "Files",
            Self::View => "View",
            Self::Queue => "Queue",
            Self::Program => "Program",
            Self::Dialogs => "Lists, dialogs, text input",
        }
    }
}

/// One line of [`TABLE`].
#[derive(Debug, Clone, Copy)]
pub struct ActionInfo {
    /// The action that this line describes.
    pub action: Action,
    /// The name in `keymap.toml` and in the palette.
    pub name: &'static str,
    /// What it does, for help and menu.
    pub help: &'static str,
    /// The section of help and menu that lists it.
    pub group: Group,
    /// The contexts in which its keys work.
    pub contexts: &'static [KeyContext],
    /// The default keys.
    pub keys: &'static [&'static str],
}

macro_rules! actions {
    ($($group:ident: { $($action:ident $name:literal $help:literal [$($context:ident)+] [$($key:literal)*])* })*) => {
        /// A command that can be bound to a key.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[doc = $help] $action,)*)*
        }

        /// All actions, in the order of [`Action`].
        pub const TABLE: &[ActionInfo] = &[
            $($(ActionInfo {
                action: Action::$action,
                name: $name,
                help: $help,
                group: Group::$group,
                contexts: &[$(KeyContext::$context),+],
                keys: &[$($key),*],
            },)*)*
        ];
    };
}

actions! {
    Move: {
        CursorUp "cursor-up" "move up one line" [Panes Queue Text] ["Up" "k"]
        CursorDown "cursor-down" "move down one line" [Panes Queue Text] ["Down" "j"]
        PageUp "page-up" "move up one page" [Panes Queue Text] ["PgUp" "Ctrl-B"]
        PageDown "page-down" "move down one page" [Panes Queue Text] ["PgDn" "Ctrl-F"]
        HalfUp "half-page-up" "move up half a page" [Panes Queue Text] ["Ctrl-U"]
        HalfDown "half-page-down" "move down half a page" [Panes Queue Text] ["Ctrl-D"]
        First "first" "go to the first line" [Panes Queue Text] ["Home" "g g"]
        Last "last" "go to the last line" [Panes Queue Text] ["End" "G"]
        OtherPane "other-pane" "switch to the other pane" [Panes Queue] ["Tab"]
        FocusQueue "focus-queue" "switch to the queue panel and back" [Panes Queue] ["F12" "Ctrl-W"]
    }
    Go: {
        Open "open" "open the directory or show the properties of a file" [Panes] ["Enter" "l" "Right"]
        Parent "parent" "go to the parent directory" [Panes] ["Backspace" "h" "Left"]
        Back "back" "go back to the previous directory" [Panes] ["Alt-Left" "b"]
        Forward "forward" "go forward" [Panes] ["Alt-Right"]
        GoTo "go-to" "go to a path" [Panes] ["g d" "Alt-c"]
        Root "root" "go to the root directory" [Panes] ["\\" "g r"]
        Start "start-directory" "go to the start directory of the site" [Panes] ["~" "g h"]
        Sites "sites" "open the list of sites" [Panes Queue] ["F2"]
        Connect "connect" "open an address: URL, SITE:PATH or a local path" [Panes] ["o" "Ctrl-O"]
        Disconnect "disconnect" "close the idle connections to this site" [Panes] ["X"]
        SameDirectory "same-directory" "show this directory in the other pane" [Panes] ["=" "Alt-i"]
        OpenOther "open-in-other" "open the directory under the cursor in the other pane" [Panes] ["Alt-o" "Alt-Enter"]
        SwapPanes "swap-panes" "swap the panes" [Panes] ["w"]
        Refresh "refresh" "reload the directory" [Panes] ["Ctrl-R"]
        Cancel "cancel" "stop waiting, or clear the filter" [Panes Queue] ["Esc"]
    }
    Select: {
        Select "select" "select or unselect, and move down" [Panes] ["Space" "Insert"]
        SelectInvert "select-invert" "invert the selection of files" [Panes] ["*"]
        SelectPattern "select-pattern" "select by pattern" [Panes] ["+"]
        UnselectPattern "unselect-pattern" "unselect by pattern" [Panes] ["-"]
        SelectAll "select-all" "select all" [Panes] ["Ctrl-A"]
        SelectNone "select-none" "unselect all" [Panes] ["u"]
    }
    Files: {
        Copy "copy" "copy to the other pane" [Panes] ["F5" "c"]
        Move "move" "move to the other pane; rename if both show the same" [Panes] ["F6" "m"]
        Rename "rename" "rename" [Panes] ["Shift-F6" "r"]
        MakeDir "make-directory" "create a directory" [Panes] ["F7" "M"]
        Delete "delete" "delete" [Panes] ["F8" "Del" "d d"]
        View "view" "view a file; show the properties of other entries" [Panes] ["F3"]
        Edit "edit" "edit a file in your editor" [Panes] ["F4" "e"]
        Info "info" "show the properties of an entry" [Panes] ["i"]
        Doctor "doctor" "test the FXP routes between the sites of both panes" [Panes] ["W"]
        Mirror "mirror" "mirror this directory to the other pane, with a preview" [Panes] ["Y"]
        Compare "compare" "compare the panes and select the differences" [Panes] ["D"]
        Chmod "permissions" "change permissions" [Panes] ["P"]
        Raw "raw" "send a command to the server" [Panes] ["!"]
    }
    View: {
        Find "find" "find a name as you type" [Panes] ["/"]
        FindNext "find-next" "go to the next match" [Panes] ["n"]
        FindPrevious "find-previous" "go to the previous match" [Panes] ["N"]
        Filter "filter" "show only names that contain a text" [Panes] ["f"]
        Hidden "hidden" "show or hide names that start with a dot" [Panes] ["." "Alt-."]
        SortName "sort-name" "sort by name" [Panes] ["s n"]
        SortExtension "sort-extension" "sort by extension" [Panes] ["s e"]
        SortSize "sort-size" "sort by size" [Panes] ["s s"]
        SortTime "sort-time" "sort by time" [Panes] ["s t"]
        SortReverse "sort-reverse" "reverse the sort order" [Panes] ["s r"]
        WiderLeft "wider-left" "widen the left pane" [Panes] [">"]
        WiderRight "wider-right" "widen the right pane" [Panes] ["<"]
        GrowQueue "grow-queue" "enlarge the queue panel" [Panes Queue] ["Alt-Up" "Ctrl-Up"]
        ShrinkQueue "shrink-queue" "shrink the queue panel" [Panes Queue] ["Alt-Down" "Ctrl-Down"]
    }
    Queue: {
        Pause "pause" "pause or resume the queue" [Panes Queue] ["p"]
        Jobs "jobs" "resume or discard interrupted jobs" [Panes Queue] ["I"]
        NextTab "next-tab" "go to the next tab of the panel" [Queue] ["Right" "l" "]"]
        PreviousTab "previous-tab" "go to the previous tab of the panel" [Queue] ["Left" "h" "["]
        ShowQueue "show-queue" "show the queue" [Queue] ["1"]
        ShowJobs "show-jobs" "show the jobs, one per line" [Queue] ["2"]
        ShowLog "show-log" "show the log" [Queue] ["3"]
        ShowFailed "show-failed" "show failed files" [Queue] ["4"]
        LineOpen "line-open" "show the files of a job, or the properties of a file" [Queue] ["Enter"]
        ItemInfo "item-info" "show the properties of the line" [Queue] ["F3" "i"]
        ItemCancel "item-cancel" "cancel a waiting or running file" [Queue] ["x" "F8" "Del"]
        JobCancel "job-cancel" "cancel the whole job" [Queue] ["D"]
        JobHold "job-hold" "hold or release the whole job" [Queue] ["O"]
        JobRaise "job-earlier" "raise the priority of the whole job" [Queue] ["+"]
        JobLower "job-later" "lower the priority of the whole job" [Queue] ["-"]
        LanesMore "lanes-more" "transfer one more file of the job in parallel" [Queue] [">"]
        LanesFewer "lanes-fewer" "transfer one fewer file of the job in parallel" [Queue] ["<"]
        JobRun "job-run" "start a waiting job or resume an interrupted one" [Queue] ["a"]
        ItemSelect "item-select" "select or unselect the line, and move down" [Queue] ["Space" "Insert"]
        ItemSelectAll "item-select-all" "select all lines in the list" [Queue] ["Ctrl-A"]
        ItemUnselect "item-unselect" "unselect all lines" [Queue] ["u"]
        QueueFilter "queue-filter" "filter the lines by state" [Queue] ["f"]
        QueueFind "queue-find" "show only lines that contain a text" [Queue] ["/"]
        QueueJob "queue-job" "show only the job of the line, or all jobs again" [Queue] ["="]
        ItemHold "item-hold" "hold or release a file" [Queue] ["H" "o"]
        ItemRetry "item-retry" "retry a file" [Queue] ["r"]
        ItemUp "item-up" "move up in the queue" [Queue] ["K" "Shift-Up"]
        ItemDown "item-down" "move down in the queue" [Queue] ["J" "Shift-Down"]
        ItemTop "item-top" "move to the top of the queue" [Queue] ["T"]
        ItemBottom "item-bottom" "move to the bottom of the queue" [Queue] ["B"]
        ItemClear "item-clear" "remove a finished line from the list" [Queue] ["c"]
        ClearEnded "clear-ended" "remove all finished lines from the list" [Queue] ["C"]
        RetryFailed "retry-failed" "retry all failed files" [Queue] ["R"]
        CancelAll "cancel-all" "cancel all waiting and running files" [Queue] ["X"]
        QueueExport "queue-export" "export the queue to a file" [Queue] ["E"]
        LogSite "log-site" "show the log of one site, the next site, or all sites" [Queue] ["s"]
    }
    Program: {
        Help "help" "show the keys" [Panes Queue] ["F1" "?"]
        Menu "menu" "show all commands by group" [Panes Queue] ["F9"]
        Palette "palette" "find a command by name" [Panes Queue] [":"]
        Redraw "redraw" "redraw the screen" [Panes Queue] ["Ctrl-L"]
        Quit "quit" "quit" [Panes Queue] ["F10" "q" "Ctrl-C"]
    }
    Dialogs: {
        Close "close" "close the text" [Text] ["Esc" "q" "F10" "Enter" "Ctrl-C"]
        ListUp "list-up" "move up one line in a list" [List] ["Up" "Ctrl-P"]
        ListDown "list-down" "move down one line in a list" [List] ["Down" "Ctrl-N"]
        ListPageUp "list-page-up" "move up one page in a list" [List] ["PgUp"]
        ListPageDown "list-page-down" "move down one page in a list" [List] ["PgDn"]
        ListFold "list-fold" "close a folder" [List] ["Left"]
        ListUnfold "list-unfold" "open a folder" [List] ["Right"]
        ListAccept "list-accept" "choose the line" [List] ["Enter"]
        ListAcceptOther "list-accept-other" "choose the line for the other pane" [List] ["Tab" "Alt-Enter"]
        SiteAdd "site-add" "add a site" [List] ["Insert"]
        SiteEdit "site-edit" "edit the site under the cursor" [List] ["F4"]
        SiteRemove "site-remove" "remove the site under the cursor" [List] ["F8"]
        SiteTest "site-test" "test the login to the site under the cursor" [List] ["F3"]
        SiteImport "site-import" "import sites from another program" [List] ["F6"]
        SiteSave "site-save" "save the settings of the site" [List] ["F2" "Ctrl-S"]
        ListClose "list-close" "close the list" [List] ["Esc" "F10" "Ctrl-C"]
        Accept "accept" "OK" [Form] ["Enter"]
        Dismiss "dismiss" "cancel" [Form] ["Esc" "F10" "Ctrl-C"]
        NextField "next-field" "go to the next field" [Form] ["Tab" "Down"]
        PreviousField "previous-field" "go to the previous field" [Form] ["Shift-Tab" "Up"]
        NextChoice "next-choice" "go to the next choice" [Buttons] ["Right" "Space"]
        PreviousChoice "previous-choice" "go to the previous choice" [Buttons] ["Left"]
        EditLeft "edit-left" "move left one character" [Edit] ["Left" "Ctrl-B"]
        EditRight "edit-right" "move right one character" [Edit] ["Right" "Ctrl-F"]
        EditWordLeft "edit-word-left" "move left one word" [Edit] ["Ctrl-Left" "Alt-b"]
        EditWordRight "edit-word-right" "move right one word" [Edit] ["Ctrl-Right" "Alt-f"]
        EditHome "edit-home" "go to the start of the line" [Edit] ["Home" "Ctrl-A"]
        EditEnd "edit-end" "go to the end of the line" [Edit] ["End" "Ctrl-E"]
        EditBackspace "edit-backspace" "delete the character before the cursor" [Edit] ["Backspace" "Ctrl-H"]
        EditDelete "edit-delete" "delete the character under the cursor" [Edit] ["Del" "Ctrl-D"]
        EditKillWord "edit-kill-word" "delete the word before the cursor" [Edit] ["Ctrl-W" "Alt-Backspace"]
        EditKillLine "edit-kill-line" "delete the line" [Edit] ["Ctrl-U"]
        EditKillEnd "edit-kill-end" "delete to the end of the line" [Edit] ["Ctrl-K"]
        EditOlder "edit-older" "previous line of the history; in find, previous match" [Edit] ["Up" "Ctrl-P"]
        EditNewer "edit-newer" "next line of the history; in find, next match" [Edit] ["Down" "Ctrl-N"]
    }
}

impl Action {
    /// The line of the table.
    ///
    /// The table is made by the same macro as the enum, in the same order.
    #[must_use]
    pub fn info(self) -> &'static ActionInfo {
        &TABLE[self as usize]
    }

    /// The action with this name.
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
    fn the_table_follows_the_order_of_the_enum() {
        for line in TABLE {
            assert_eq!(line.action.info().name, line.name);
            assert_eq!(Action::named(line.name), Some(line.action));
        }
    }

    #[test]
    fn names_are_unique_and_help_texts_are_short() {
        let names: BTreeSet<_> = TABLE.iter().map(|line| line.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for line in TABLE {
            assert!(!line.help.ends_with('.') && line.help.len() <= 60, "{}", line.help);
            assert!(line.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
        }
    }
}
