"""The pages for members, together."""

from services.portal.pages import (
    account,
    campaigns,
    committees,
    data_files,
    data_grid,
    data_value,
    desk,
    people,
    reminders,
    survey_form,
    survey_summary,
    tasks,
)  # fmt: skip

ROUTERS = (
    desk.router, survey_form.router, survey_summary.router, reminders.router, campaigns.router, people.router,
    committees.router, tasks.router, account.router, data_grid.router, data_files.router, data_value.router,
)  # fmt: skip
