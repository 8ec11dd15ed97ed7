"""The pages for members, together."""

from services.portal.pages import (
    account,
    campaigns,
    committee_discussions,
    committee_documents,
    committees,
    desk,
    documents,
    people,
    reminders,
    survey_form,
    survey_summary,
    tasks,
)  # fmt: skip

ROUTERS = (
    desk.router, survey_form.router, survey_summary.router, reminders.router, campaigns.router, people.router,
    committees.router, committee_documents.router, documents.router, committee_discussions.router, tasks.router,
    account.router,
)  # fmt: skip
