"""The pages for members, together."""

from services.portal.pages import (
    account,
    calendar,
    campaigns,
    committee_home,
    committees,
    desk,
    elections,
    people,
    polls,
    reminders,
    survey_form,
    survey_summary,
    tasks,
)  # fmt: skip

ROUTERS = (
    desk.router, survey_form.router, survey_summary.router, reminders.router, campaigns.router, people.router,
    committees.router, committee_home.router, calendar.router, elections.router, polls.router, tasks.router,
    account.router,
)  # fmt: skip
