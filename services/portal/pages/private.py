"""The pages for members, together."""

from services.portal.pages import (
    account,
    campaigns,
    committees,
    desk,
    history_import,
    model_crosswalk,
    model_editor,
    model_files,
    model_versions,
    people,
    reminders,
    survey_form,
    survey_summary,
    tasks,
)  # fmt: skip

ROUTERS = (
    desk.router, survey_form.router, survey_summary.router, reminders.router, campaigns.router, people.router,
    committees.router, tasks.router, account.router, model_files.router, model_editor.router, model_crosswalk.router,
    model_versions.router, history_import.router,
)  # fmt: skip
