"""The fields that are read of the records of each object. An update has only what changed."""

import msgspec


class Opportunity(msgspec.Struct, rename="pascal"):
    account_id: str | None = None
    contact_id: str | None = None
    name: str | None = None
    stage_name: str | None = None
    is_closed: bool | None = None
    is_won: bool | None = None
    amount: float | str | None = None
    currency_iso_code: str | None = None
    lead_source: str | None = None
    type: str | None = None
    created_date: str | float | None = None


class Order(msgspec.Struct, rename="pascal"):
    account_id: str | None = None
    order_number: str | None = None
    status: str | None = None
    activated_date: str | float | None = None
    total_amount: float | str | None = None
    currency_iso_code: str | None = None


class Case(msgspec.Struct, rename="pascal"):
    contact_id: str | None = None
    account_id: str | None = None
    supplied_email: str | None = None
    supplied_phone: str | None = None
    subject: str | None = None
    description: str | None = None
    status: str | None = None
    is_closed: bool | None = None
    origin: str | None = None
    priority: str | None = None
    type: str | None = None
    reason: str | None = None
    language: str | None = None
    case_number: str | None = None
    closed_date: str | float | None = None
    created_date: str | float | None = None


class Email(msgspec.Struct, rename="pascal"):
    incoming: bool | None = None
    parent_id: str | None = None
    from_address: str | None = None
    subject: str | None = None
    text_body: str | None = None
    html_body: str | None = None
    reply_to_email_message_id: str | None = None
    message_date: str | float | None = None


class Person(msgspec.Struct, rename="pascal"):
    """What Account, Contact and Lead have of what tells who they are."""

    account_id: str | None = None
    individual_id: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile_phone: str | None = None
    person_email: str | None = None
    person_contact_id: str | None = None
    status: str | None = None
    lead_source: str | None = None
    is_converted: bool | None = None
    converted_contact_id: str | None = None
    converted_account_id: str | None = None
    created_date: str | float | None = None


class Individual(msgspec.Struct, rename="pascal"):
    should_forget: bool | None = None


class SurveyInvitation(msgspec.Struct, rename="pascal"):
    contact_id: str | None = None
    lead_id: str | None = None


class SurveyResponse(msgspec.Struct, rename="pascal"):
    status: str | None = None
    submitter_id: str | None = None
    invitation_id: str | None = None
    survey_id: str | None = None
    language: str | None = None
    completion_date_time: str | float | None = None


class SurveyAnswer(msgspec.Struct, rename="pascal"):
    """A SurveyQuestionResponse."""

    question_id: str | None = None
    response_id: str | None = None
    invitation_id: str | None = None
    question_choice_id: str | None = None
    choice_value: str | None = None
    number_value: float | None = None
    response_value: str | None = None
    response_short_text: str | None = None
    created_date: str | float | None = None
